/* SPDX-License-Identifier: MIT */
/* The crypto seam on mbedTLS against published vectors. */
#include "port/crypto/mbedtls.h"

#include "core/bytes.h"
#include "core/writer.h"
#include "tests/unit/test.h"

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

/* Bytes as hexadecimal, in a buffer that the next call overwrites. */
static struct assent_span hex(const void *bytes, size_t len)
{
    static uint8_t out[512];
    struct assent_writer w = assent_writer(out, sizeof(out));

    assent_writer_hex(&w, assent_span(bytes, len));
    return assent_writer_span(&w);
}

static const struct {
    const char *message;
    const char *digest;
} sha256_vectors[] = {
    /* FIPS 180-4 examples, and the empty message of the NIST test suite */
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
     "lmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

TEST(sha256_matches_fips_180)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();

    for (size_t i = 0; i < sizeof(sha256_vectors) / sizeof(sha256_vectors[0]); i++) {
        struct assent_span message = text(sha256_vectors[i].message);
        uint8_t digest[ASSENT_SHA256_BYTES];

        CHECK_INT(crypto.sha256(crypto.ctx, &message, 1, digest), ASSENT_OK);
        CHECK_SPAN_ROW(sha256_vectors[i].message, hex(digest, sizeof(digest)),
                       sha256_vectors[i].digest);
    }
}

TEST(sha256_of_parts_equals_sha256_of_the_whole)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_span whole = text(sha256_vectors[3].message);

    for (size_t a = 0; a <= whole.len; a += 7) {
        for (size_t b = a; b <= whole.len; b += 11) {
            struct assent_span parts[4] = {
                assent_span_slice(whole, 0, a),
                assent_span(NULL, 0),
                assent_span_slice(whole, a, b),
                assent_span_slice(whole, b, whole.len),
            };
            uint8_t digest[ASSENT_SHA256_BYTES];

            CHECK_INT(crypto.sha256(crypto.ctx, parts, 4, digest), ASSENT_OK);
            CHECK_SPAN(hex(digest, sizeof(digest)), sha256_vectors[3].digest);
        }
    }
}

/* RFC 4231 s. 4. A key shorter than 32 bytes is padded with zeros, as HMAC itself does up to its
 * block; case 6 has a key longer than a block, which HMAC replaces by its digest. */
TEST(hmac_matches_rfc_4231)
{
    static const uint8_t data3[50] = {
        0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd,
        0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd,
        0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd,
        0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd,
    };
    static const struct {
        const char *name;
        uint8_t key_byte; /* repeated, unless key is set */
        size_t key_len;
        const char *key;
        const char *data;
        const char *mac;
    } rows[] = {
        {"case 1", 0x0b, 20, NULL, "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"case 2", 0, 4, "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"case 3", 0xaa, 20, NULL, NULL,
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"case 6", 0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    struct assent_crypto crypto = assent_mbedtls_crypto();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t key[131] = {0};
        struct assent_span key_span = assent_span(key, rows[i].key_len);
        struct assent_span data =
            rows[i].data != NULL ? text(rows[i].data) : assent_span(data3, sizeof(data3));
        uint8_t mac[ASSENT_SHA256_BYTES];

        if (rows[i].key != NULL) {
            memcpy(key, rows[i].key, rows[i].key_len);
        } else {
            memset(key, rows[i].key_byte, rows[i].key_len);
        }
        if (rows[i].key_len > 64) {
            CHECK_INT(crypto.sha256(crypto.ctx, &key_span, 1, key), ASSENT_OK);
        }
        CHECK_INT(crypto.hmac(crypto.ctx, key, &data, 1, mac), ASSENT_OK);
        CHECK_SPAN_ROW(rows[i].name, hex(mac, sizeof(mac)), rows[i].mac);
    }
}

TEST(hmac_of_parts_equals_hmac_of_the_whole)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    const uint8_t key[ASSENT_SHA256_BYTES] = "Jefe";
    const struct assent_span parts[3] = {ASSENT_SPAN("what do ya "), ASSENT_SPAN("want "),
                                         ASSENT_SPAN("for nothing?")};
    uint8_t mac[ASSENT_SHA256_BYTES];

    CHECK_INT(crypto.hmac(crypto.ctx, key, parts, 3, mac), ASSENT_OK);
    CHECK_SPAN(hex(mac, sizeof(mac)),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 8439 s. 2.8.2 */
static const char aead_plain[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                                 "only one tip for the future, sunscreen would be it.";
static const char aead_sealed[] =
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
    "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
    "4831d7bc3ff4def08e4b7a9de576d26586cec64b6116";
static const uint8_t aead_nonce[ASSENT_AEAD_NONCE_BYTES] = {0x07, 0,    0,    0,    0x40, 0x41,
                                                            0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
static const uint8_t aead_ad[12] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1,
                                    0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};

enum { AEAD_LEN = sizeof(aead_plain) - 1 };

struct sealed {
    uint8_t key[ASSENT_AEAD_KEY_BYTES];
    uint8_t nonce[ASSENT_AEAD_NONCE_BYTES];
    uint8_t ad[sizeof(aead_ad)];
    uint8_t text[AEAD_LEN];
    uint8_t tag[ASSENT_AEAD_TAG_BYTES];
};

static struct sealed seal_vector(void)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct sealed s;

    for (size_t i = 0; i < sizeof(s.key); i++) {
        s.key[i] = (uint8_t)(0x80 + i);
    }
    memcpy(s.nonce, aead_nonce, sizeof(s.nonce));
    memcpy(s.ad, aead_ad, sizeof(s.ad));
    memcpy(s.text, aead_plain, sizeof(s.text));
    CHECK_INT(crypto.seal(crypto.ctx, s.key, s.nonce, assent_span(s.ad, sizeof(s.ad)), s.text,
                          sizeof(s.text), s.tag),
              ASSENT_OK);
    return s;
}

static int open_sealed(struct sealed *s)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();

    return crypto.open(crypto.ctx, s->key, s->nonce, assent_span(s->ad, sizeof(s->ad)), s->text,
                       sizeof(s->text), s->tag);
}

TEST(seal_matches_rfc_8439)
{
    struct sealed s = seal_vector();

    CHECK_SPAN(hex(s.text, sizeof(s.text)), aead_sealed);
    CHECK_SPAN(hex(s.tag, sizeof(s.tag)), "1ae10b594f09e26a7e902ecbd0600691");
}

TEST(open_returns_what_was_sealed)
{
    struct sealed s = seal_vector();

    CHECK_INT(open_sealed(&s), ASSENT_OK);
    CHECK(memcmp(s.text, aead_plain, AEAD_LEN) == 0);
}

TEST(open_refuses_any_change_and_wipes_the_text)
{
    static const uint8_t zeros[AEAD_LEN];
    uint8_t changed[sizeof(struct sealed)];

    for (size_t at = 0; at < sizeof(struct sealed); at++) {
        struct sealed s = seal_vector();

        memcpy(changed, &s, sizeof(s));
        changed[at] ^= 0x20;
        memcpy(&s, changed, sizeof(s));
        CHECK_INT(open_sealed(&s), ASSENT_ERR_AUTH);
        CHECK(memcmp(s.text, zeros, AEAD_LEN) == 0);
    }
}

TEST(empty_text_is_authenticated_too)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    const uint8_t key[ASSENT_AEAD_KEY_BYTES] = {1};
    uint8_t tag[ASSENT_AEAD_TAG_BYTES];
    uint8_t none[1] = {0xEE};
    struct assent_span empty = assent_span(NULL, 0);

    CHECK_INT(crypto.seal(crypto.ctx, key, aead_nonce, empty, none, 0, tag), ASSENT_OK);
    CHECK_INT(crypto.open(crypto.ctx, key, aead_nonce, empty, none, 0, tag), ASSENT_OK);
    tag[15] ^= 1;
    CHECK_INT(crypto.open(crypto.ctx, key, aead_nonce, empty, none, 0, tag), ASSENT_ERR_AUTH);
    CHECK_INT(none[0], 0xEE);
}

TEST_MAIN(CASE(sha256_matches_fips_180), CASE(sha256_of_parts_equals_sha256_of_the_whole),
          CASE(hmac_matches_rfc_4231), CASE(hmac_of_parts_equals_hmac_of_the_whole),
          CASE(seal_matches_rfc_8439), CASE(open_returns_what_was_sealed),
          CASE(open_refuses_any_change_and_wipes_the_text), CASE(empty_text_is_authenticated_too))
