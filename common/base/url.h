/* SPDX-License-Identifier: Apache-2.0 */
/* Where an address leads, told by its text alone: whether something secret may be sent there in the clear. Pure. */
#pragma once

/* Whether it is http:// or https:// on this very machine: 127.0.0.1, localhost or [::1], and then a port, a path or the end;
 * neither localhost.example.com nor localhost:x@example.com. */
int url_is_loopback(const char *url);

/* Whether it is http:// or https:// with a name that only a cluster's own DNS has: one word, or one that ends in .svc or
 * .svc.cluster.local. */
int url_is_in_cluster(const char *url);
