/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_IDENTITY_H
#define ASSENT_BOARD_SIM_IDENTITY_H

#include "port/tls/selfsign.h"

/* Certificate and key of the simulator, in a file beside the one that stands for its flash, readable by
 * its owner only:
 *
 *     "assent identity 1\n"   18 bytes
 *     length of certificate    2, little-endian
 *     length of key            2
 *     certificate, key         DER
 *     CRC-32 of all before     4
 *
 * Read it; if there is none or it is damaged, make one and write it.
 *   flash   path of the flash file, to which ".tls" is added; NULL: nothing is read or kept
 *   return  ASSENT_OK
 *           ASSENT_ERR_IO       the file cannot be written; errno tells why
 *           errors of assent_selfsign_make */
int sim_identity_load(struct assent_selfsign *identity, const char *flash, struct assent_time now);

#endif
