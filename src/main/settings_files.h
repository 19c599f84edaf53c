/* settings_files.h: belay.conf and the profiles, from where they are. */
#ifndef MAIN_SETTINGS_FILES_H
#define MAIN_SETTINGS_FILES_H

#include "agent/profiles.h"
#include "base/settings.h"
#include "os/os.h"

enum settings_files_outcome { SETTINGS_FILES_E_BAD = 1 };

/* Reads both.  A mistake in belay.conf is the outcome, with its sentence; one
 * in a profile only makes that profile unusable and is added to `warnings`, a
 * line each. */
int settings_files_read(const struct os_home *home, struct settings *ret_settings,
    struct profiles *ret_profiles, struct buf *error, struct buf *warnings) MUST_CHECK;

#endif
