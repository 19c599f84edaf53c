/* banned.h: forced into every file above base by the build.  Calls that have
 * no safe use here do not compile; the replacement is named beside each. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Some are macros of the C library under _FORTIFY_SOURCE; poison takes names only. */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strncpy
#undef strncat

#pragma GCC poison strcpy strcat sprintf vsprintf strtok strtok_r gets
#pragma GCC poison strncpy strncat /* struct buf */
#pragma GCC poison atoi atol atoll /* str_to_i64() */
#pragma GCC poison localtime gmtime asctime ctime
#undef alloca
#pragma GCC poison alloca

#endif
