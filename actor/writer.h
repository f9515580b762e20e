/* SPDX-License-Identifier: Apache-2.0 */
/* Who wrote an object, as its managedFields tell. They know no one who only removed fields.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management. Pure. */
#pragma once

#include "common/base/json.h"

/* Who has written the specification in or after the second in which AegiOps wrote last; NULL = nobody. Status does not count, nor do
 * other metadata. Borrowed from object. */
const char *writer_since(const json_t *object);
