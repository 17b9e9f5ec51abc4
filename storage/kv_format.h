/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_KV_FORMAT_H
#define ASSENT_STORAGE_KV_FORMAT_H

/* The bytes of the key-value store. Whoever reads this page can write a reader.
 *
 * All integers are little-endian. N is the number of erase sectors of the region, S their size. CRC-32
 * is that of ISO 3309 (assent_bytes_crc32), CRC-8 has the polynomial 0x07, most significant bit first,
 * no final XOR. HASH is HalfSipHash-2-4 of 64 bits; its key are the first 8 bytes of the 16-byte secret of
 * the device, and what it is taken over begins with the other 8.
 *
 * THE RING. A sector that is opened for writing gets the next sequence number. The sector with
 * sequence number q lies at place q mod N, so that physical order is the order of the log; a bad
 * sector is passed over together with its number. The first number is N or more. Records are appended
 * to the newest sector; the oldest is cleaned (its live records are appended again) and erased.
 *
 * SECTOR HEADER, 32 bytes at offset 0
 *   part A, programmed after each erase; a sector with a valid part A and 16 bytes 0xFF behind it is
 *   erased and ready
 *     0   3  "aKV"
 *     3   1  version: high half 2, others cannot be read; low half 0, greater ones open read-only
 *     4   4  erases of this sector so far
 *     8   4  0xFFFFFFFF, or 0x44414544 ("DEAD"): the sector is bad and out of use
 *     12  4  CRC-32 of bytes 0..7
 *   part B, programmed when the sector is opened
 *     16  4  sequence number q
 *     20  2  q - t: sectors with a number below t hold nothing that is needed, and may be erased or
 *            half erased
 *     22  2  end / 4: offset in the sector opened before this one at which its log ends; what lies
 *            behind is void. 0 in the first sector of a store
 *     24  1  layout: bits 0..3 unit shift, bit 4 wide, bit 5 sealed, others 0
 *     25  1  S / 4096
 *     26  2  low 16 bits of HASH over the text "assent"
 *     28  4  CRC-32 of bytes 0..7 and 16..27
 *
 * RECORD. Starts at a multiple of 1 << unit shift; the first at offset 32; never crosses a sector.
 * A link is an offset in the region >> unit shift; 0 is none. Narrow records have a 12-byte header and
 * 16-bit links; wide ones (regions above 1 MiB) 16 bytes and 32-bit links.
 *     0   4  bits 0..11 value length V, 0xFFF for a removal, which has no value; 12..17 key length K, 0
 *            for a control record; 18 second copy; 19 member of a batch; 20..31 upper 12 bits of HASH
 *            over namespace byte and key
 *     4   2  link to an older record of the same chain; 4 bytes if wide, and then 2 bytes 0
 *     h-6 1  namespace 1..255, or the kind of a control record
 *     h-5 1  CRC-8 of bytes 0..h-6, starting from (q & 0xFF) ^ 0xFF
 *     h-4 4  CRC-32 of: q, the offset in the region of the record (4 bytes each), bytes 0..h-5, key,
 *            value, tag; 0 is stored as 1. 0 means dead: key, value and tag are 0 as well, or a power
 *            cut kept them from it and the next mount makes them so. h is 12 or 16
 *     h   K  key
 *         V  value
 *         16 tag, only in a sealed store and if K > 0. Key and value are then the ciphertext; the
 *            nonce is q, offset in the region, region number (4 bytes each), the additional data
 *            bytes 0..h-5
 *         then 0xFF up to the next multiple of 1 << unit shift
 *   control records (K = 0, V = 4, one 32-bit value)
 *     1  COMMIT  value: n. The n batch members before it are valid now (or as many as are left
 *                behind the start of the log). Link 0, part of no chain
 *     2  TAIL    value: t, as in the sector header. Link 0, part of no chain
 *
 * READING A SECTOR from offset 32 (to the end given by the header of the next one, or to S): if 4
 * bytes are all 0 or all 0xFF, go on at the next multiple of the page size. If CRC-8, lengths and
 * place are right, it is a record, and the next one follows it. Else go on by 1 << unit shift until a
 * record is found whose CRC-32 is right too.
 *
 * A CHAIN holds the records with the same upper bits of the hash (as many bits as the reader has
 * buckets for; a writer may use 4 to 12). It begins with the newest one in the log and follows the
 * links; it ends at link 0, at a link below t, or at a link that does not lead to an older place in the
 * log than the record that holds it.
 *
 * WHICH RECORDS ARE LIVE. Records of one namespace, key and copy bit are versions of one value. The
 * newest that is not dead is live unless it is a removal. Members of a batch without its COMMIT do not
 * exist. A reader that has no chains reads the log from t to its end and lets later ones win. A record
 * whose CRC-32 is wrong, but for those that step 4 leaves out, is rotten: it keeps its place in its chain
 * and stands for the newest version, whose second copy is read instead; without one the value is lost,
 * and no older one comes back for it.
 *
 * RECOVERY at mount
 *   1. Read all sector headers. One counts if both CRCs match, and q mod N is its place. The
 *      greatest q is the newest sector. If the sector after it has a damaged header, yet holds a record
 *      valid for number q+1, it is the newest, and takes no more records. None at all: no store here.
 *   2. t is the greater of that in the newest header and those of TAIL records in the newest sector.
 *      t..q is the log, whatever the headers in between say: a damaged one has lost nothing but its
 *      header, as its number follows from its place.
 *   3. Every other sector is ready, bad, or is erased now: step 1 has shown that it holds nothing valid.
 *   4. Read the log from t; each record becomes the head of its chain, batch members when their COMMIT is
 *      read. The newest sector ends with the last record in it whose CRC-32 is right, or is 0. Of a COMMIT
 *      with a wrong one n is not believed: the members before it count, all of them.
 *   5. Behind the last valid record of the newest sector, zero what is not blank, then zero the rest of the
 *      page (the whole next one if the record ends at its end): the power may have failed in it and it may
 *      look blank all the same. Zero the members of an unfinished batch.
 *   6. Program the last valid record again in place: a bit under way when the power failed becomes firm;
 *      it reads differently each time, so what was 0 in one of many reads counts as 0 (the part B of the
 *      newest sector if that has no record). Zero the older versions of it, or of every member if it is a
 *      COMMIT, as the chain before it has them. Zero each of these that is a removal itself, again if it
 *      is dead already, when nothing is left for it to hide.
 * Every step can be interrupted and repeated.
 *
 * CHANGES. put: append, then zero the older versions. delete: append a removal, zero the older versions,
 * then the removal. batch: append members, append COMMIT, then zero what each replaces. Cleaning: append
 * the live records of the oldest sector, state t in the header of the next opened sector or in a
 * TAIL record, then erase. Stores that do not zero (flash that is programmed once, keep-old) leave
 * out every zeroing. On flash that is programmed once a mount opens a new sector instead of step 5, and
 * appends the newest record again instead of step 6, be it a removal, a COMMIT or a TAIL, but no member of
 * a batch without its COMMIT. So a COMMIT may stand there twice. With fewer than two ready sectors left it
 * makes room before it does so.
 *
 * INVARIANTS, cited by asserts and tests
 *   KV-1   An acknowledged put is read back, byte for byte, after any number of power cuts.
 *   KV-2   A change under way at a power cut is there as a whole or not at all.
 *   KV-3   A deleted key, or a replaced value, never comes back.
 *   KV-4   A batch is there as a whole or not at all.
 *   KV-5   What one mount showed, every later one shows until it is changed.
 *   KV-6   Mount succeeds after every power cut; the first change after it succeeds.
 *   KV-7   A sector is erased only if t, as stated in the log, has passed it.
 *   KV-8   Erase counts of working sectors differ by at most 1, plus 1 for every erase cut off.
 *   KV-9   No byte is programmed that was not proven blank, but to zero it or to firm it.
 *   KV-10  No bytes of a deleted or replaced key or value are left when the call returns, nor after
 *          the mount that follows a power cut in it.
 *   KV-11  Live records never take more than the capacity, and as long as they do not, cleaning can
 *          always make room.
 *   KV-12  A link leads to an older record or ends the chain. */

#include <stdbool.h>
#include <stdint.h>

enum {
    ASSENT_KV_SECTOR_HEADER_BYTES = 32,
    ASSENT_KV_VERSION = 0x20,
    ASSENT_KV_MAGIC = 0x564B61,      /* "aKV" */
    ASSENT_KV_HEADER_MAX_BYTES = 16, /* of a record */
    ASSENT_KV_HASH_BITS = 12,
    ASSENT_KV_LAYOUT_SHIFT = 0x0F,
    ASSENT_KV_LAYOUT_WIDE = 0x10,
    ASSENT_KV_LAYOUT_SEALED = 0x20
};

#define ASSENT_KV_DEAD_SECTOR 0x44414544U

enum assent_kv_control { ASSENT_KV_COMMIT = 1, ASSENT_KV_TAIL = 2 };

#endif
