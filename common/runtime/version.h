/* SPDX-License-Identifier: Apache-2.0 */
/* The version of all four processes: for --version, the log and the User-Agent. */
#pragma once

#define AEGIOPS_VERSION "0.1.0"
