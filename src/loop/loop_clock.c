/* The times of a turn are read when first asked for and kept to its end. */
#include "base/list.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void
clock_read(struct loop_clock *c)
{
	if (c->valid)
		return;
	c->now = os_mono();
	c->now.ns += c->ahead_ms * 1000000u;
	c->wall = os_wall();
	c->wall.ms += (int64_t)c->ahead_ms;
	c->valid = true;
}

mono_t
loop_now(const struct loop *l)
{
	clock_read(l->clock);
	return l->clock->now;
}

wall_t
loop_wall(const struct loop *l)
{
	clock_read(l->clock);
	return l->clock->wall;
}

void
loop_clock_forget(struct loop *l)
{
	l->clock->valid = false;
}

void
loop_clock_advance(struct loop *l, uint64_t ms)
{
	l->clock->ahead_ms += ms;
	loop_clock_forget(l);
	loop_timer_rearm_all(l);
}
