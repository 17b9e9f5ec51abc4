/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ADMIN_EVIDENCE_H
#define ASSENT_HTTP_ADMIN_EVIDENCE_H

#include "http/admin_part.h"

/* A bundle of proof: everything the device knows about one consent, in one file that can be checked
 * without it, years later: `assent audit verify --key MASTER BUNDLE`.
 *
 * JSON, one member or element a line. Bytes are lower-case hexadecimal, the image base64url without
 * padding (RFC 4648 s. 5).
 *   {"bundle":"assent evidence","version":1,
 *   "receipt_id":HEX 16, "site":ID, "site_number":N, "made":TIME, "clock":TRUST,
 *   "record":HEX 96,        the consent record (core/record.h) as it is now
 *   "salt":HEX 16,          with which its audit entries refer to it (AUD-4)
 *   "sequence":N,           of the record's state that the receipt was made for; the record itself may
 *                           be of a later one
 *   "notice_host":HOST,     with which the notice was written, or null: none gives the record's hash
 *   "notice":[TEXT,…],      the notice as shown, in the record's language; pieces to be joined
 *   "policy_revision":N, "policy":[TEXT,…],   the image of the revision shown; empty if it is gone
 *   "activation":[{"sequence":N,"epoch":N,"mac":HEX},ENTRY],   when that image came into force, if the
 *                           log still has it: the MAC of the entry before, and the entry
 *   "log":[{"sequence":N,"epoch":N,"mac":HEX},ENTRY,…],   the run of the log from the first entry about
 *                           this subject to the end, and where it begins
 *   "head":HEX 48,          sealed head of that end (core/audit.h)
 *   "seal":HEX 32}          HMAC-SHA-256 under the seal key over "assent evidence v1" and D(n), where
 *                           D(0) = 32 zeros, D(i) = SHA-256(D(i-1) || line i with its line end), over
 *                           all lines before
 *
 * What it proves to who holds the master key of the audit log, or to a court that trusts who does: that
 * this device recorded these choices of this subject at these times, with what trust in its clock; that no
 * entry of the run was changed, left out or put in; which notice text, by its hash, and which policy
 * image, by its digest, belonged to it; that nothing about the subject is missing up to the head. With the
 * head on the receipt that the visitor kept (--head), also that the device did not write its log anew since.
 *
 * What it does not prove: who the person was; anything to who does not hold the key, since MACs are not
 * signatures and whoever can check could have made them; that the device's clock was right beyond its
 * trust; entries before the run. The seal over all of the file is made with a key that lies on the
 * device: a thief of the device can make such a file, but not entries of epochs that have ended before.
 *
 * Keys: none is in it. The key of the present epoch would let its holder forge what follows; keys of
 * former epochs are not on the device any more (LOG-5). All come from the master key, which the operator
 * keeps elsewhere. The salt and the subject are in it: the bundle is personal data, and erasing the
 * record does not erase the file. The other visitors' entries in the run stay pseudonymous. */

/* GET evidence?receipt=ID. Finds the record by trying every record, and for each the last
 * ASSENT_ADMIN_EVIDENCE_STATES states: one HMAC each, all within the call. */
enum { ASSENT_ADMIN_EVIDENCE_STATES = 16 };

void assent_admin_evidence(struct assent_admin_exchange *x, struct assent_engine *engine);

#endif
