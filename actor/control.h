/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The switches that operators throw while the actors run: records of the topic `control`, read by every actor in full, so that
 * they work at once and outlive a restart. The key names the switch, a tombstone takes it back:
 *   freeze           {"frozen": true|false, "by": text, "reason": text}: nothing is applied anywhere; by and reason may be absent
 *   mode/NAMESPACE   {"mode": "observe"|"review"|"auto"}: the most that may be done in the namespace; only ever lowers
 * They hold for every cluster that shares the topics. A record that is not so changes nothing. Thread-safe.
 */
#pragma once

#include <stddef.h>

#include "actor/policy.h"
#include "common/base/error.h"

#define CONTROL_MODES 10000 /* namespaces with a switch of their own */

struct control;
struct control *control_new(void);
void control_free(struct control *control);

/* Takes in a record; value NULL = tombstone. ERROR_REJECT says what is wrong with it: everything stays as it was. */
int control_note(struct control *control, const char *key, const char *value, size_t len, struct error *err);

/* Whether nothing may be applied now, by a record or by policy.freeze. 1 = settled: deferred, with who and why; 0. */
int control_freezes(struct control *control, const struct policy *policy, struct outcome *outcome);

/* Lowers the mode of the outcome to that of the namespace's switch, if it has one. */
void control_limit(struct control *control, const char *ns, struct outcome *outcome);
