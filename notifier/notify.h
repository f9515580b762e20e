/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last desk: an outcome becomes a message for people, and a notice that they have been told. One message
 * for each outcome: one when something was done, one when it is known whether it helped. Delivery is at least
 * once: a process that dies between the post and the commit says it again after its restart.
 */
#pragma once

#include "common/runtime/lane.h"
#include "notifier/options.h"

extern const struct stage notify_stage; /* shared: const struct notifier_options * */
