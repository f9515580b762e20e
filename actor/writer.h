/* SPDX-License-Identifier: Apache-2.0 */
/* Who wrote an object, as its managedFields tell. They know no one who only removed fields, and whole seconds alone.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management. Pure. */
#pragma once

#include "common/base/json.h"

/* Who was the last to write the specification, in or after the second in which AegiOps wrote; NULL = nobody is known. Status and
 * other metadata do not count. Borrowed from object. */
const char *writer_since(const json_t *object);
