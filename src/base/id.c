#include "base/id.h"

#include <stdio.h>
#include <string.h>

struct session_id
session_id_make(wall_t now, const uint8_t random[10])
{
	struct session_id id;
	uint64_t ms = (uint64_t)now.ms;

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	memcpy(id.bytes + 6, random, 10);
	id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x70); /* version 7 */
	id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80); /* variant */
	return id;
}

bool
session_id_eq(struct session_id a, struct session_id b)
{
	return !memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

void
session_id_text(struct session_id id, char out[ID_TEXT_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		out[n++] = hex[id.bytes[i] >> 4];
		out[n++] = hex[id.bytes[i] & 15];
	}
	out[n] = '\0';
}

bool
session_id_parse(struct str s, struct session_id *ret)
{
	struct session_id id = { 0 };
	size_t n = 0;

	if (s.len != ID_TEXT_BYTES - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		uint8_t v;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (c != '-')
				return false;
			continue;
		}
		if (c >= '0' && c <= '9')
			v = (uint8_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = (uint8_t)(c - 'a' + 10);
		else
			return false;
		id.bytes[n / 2] = (uint8_t)(id.bytes[n / 2] << 4 | v);
		n++;
	}
	*ret = id;
	return true;
}

/* Days since 1970-01-01 to a civil date and back, proleptic Gregorian; the
 * year is taken to begin in March so that the leap day comes last. */
static void
civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int64_t)yoe + era * 400 + (*month <= 2);
}

static int64_t
days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

void
wall_put(struct buf *b, wall_t t)
{
	int64_t days = t.ms / 86400000, rest = t.ms % 86400000, year;
	unsigned month, day;

	if (rest < 0)
		rest += 86400000, days--;
	civil_from_days(days, &year, &month, &day);
	buf_printf(b, "%04lld-%02u-%02uT%02d:%02d:%02d.%03dZ", (long long)year, month,
	    day, (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
	    (int)(rest % 1000));
}

bool
wall_parse(struct str s, wall_t *ret)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	unsigned v[7] = { 0 };
	size_t field = 0;

	if (s.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (form[i] != 'd') {
			if (s.p[i] != form[i])
				return false;
			field++;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v[field] = v[field] * 10 + (unsigned)(s.p[i] - '0');
	}
	if (v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 || v[4] > 59 ||
	    v[5] > 60)
		return false;
	ret->ms = days_from_civil((int64_t)v[0], v[1], v[2]) * 86400000 +
		  (int64_t)v[3] * 3600000 + (int64_t)v[4] * 60000 + (int64_t)v[5] * 1000 +
		  v[6];
	return true;
}
