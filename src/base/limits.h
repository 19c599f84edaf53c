/* limits.h: every maximum that the outside can run into, by name.  A limit
 * stands here, with its reason, or it does not exist. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_NAME_BYTES       64u          /* a session's name */
#define LIMIT_LABELS           64u          /* labels of a session */
#define LIMIT_LABEL_BYTES      256u         /* key=value together */
#define LIMIT_ARGV             1024u        /* words of a command */
#define LIMIT_ENV              4096u        /* variables given at create */
#define LIMIT_SPEC_BYTES       (1u << 20)   /* argv + env + cwd of a start */
#define LIMIT_TASK_BYTES       (256u << 10) /* task text of a session */
#define LIMIT_PATH_BYTES       4096u
#define LIMIT_COLS_MIN         2u
#define LIMIT_COLS_MAX         1000u
#define LIMIT_ROWS_MIN         1u
#define LIMIT_ROWS_MAX         1000u
#define LIMIT_SCROLLBACK_ROWS  100000u /* most rows a session may keep */
#define LIMIT_SESSIONS         4096u   /* kernel.pty.max is 4096 */

#define LIMIT_BODY_BYTES       (4u << 20) /* an HTTP request body */
#define LIMIT_JSON_DEPTH       32u
#define LIMIT_SEND_BYTES       (1u << 20) /* one send */
#define LIMIT_CONNS            512u       /* HTTP connections at once */
#define LIMIT_WAIT_S           86400u     /* longest server-side wait */
#define LIMIT_EVENTS_PAGE      1000u      /* events in one answer */

#define LIMIT_RING_MIN         (64u << 10) /* a session's output ring */
#define LIMIT_RING_DEFAULT     (1u << 20)
#define LIMIT_RING_MAX         (1u << 30)
#define LIMIT_KEYFRAME_BYTES   (4u << 20)
#define LIMIT_SHIM_FRAME_BYTES (256u << 10) /* one shim frame; keyframes are cut */
#define LIMIT_SHIM_VIEWERS     64u
#define LIMIT_SHIM_INPUT_BYTES (1u << 20) /* input waiting for the PTY */

#define LIMIT_LOG_FILE_BYTES   (4u << 20) /* rotate at; one old file is kept */
#define LIMIT_CONFIG_BYTES     (1u << 20)

#endif
