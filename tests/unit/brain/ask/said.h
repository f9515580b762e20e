/* SPDX-License-Identifier: Apache-2.0 */
/* A lawful answer to the case of case.h. */
#pragma once

#include "tests/unit/unit.h"

#define SAID                                                                                                 \
    "{\"evidence\":[{\"ref\":\"E3\",\"quote\":\"cannot reach db:5432\",\"shows\":\"its database is "         \
    "away\"}],"                                                                                              \
    "\"root_cause\":\"DEPENDENCY_DOWN\",\"explanation\":\"The database does not answer\",\"status\":"        \
    "\"TRANSIENT\","                                                                                         \
    "\"action\":\"A1\",\"confidence\":\"MEDIUM\",\"need\":[\"SERVICE_ENDPOINTS\"],\"injection_suspected\":"  \
    "false}"
