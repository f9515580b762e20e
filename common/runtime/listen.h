/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that HTTP listeners wait on. */
#pragma once

#include "common/base/error.h"

/* Listens on "address:port": "127.0.0.1:9101", "[::1]:9101", "localhost:9101"; ":9101" is every address of
 * the machine, IPv6 and IPv4. Returns the socket, which the caller owns; -1 and ERROR_FATAL saying what is
 * wrong with the address. */
int listen_open(const char *address, struct error *err);
