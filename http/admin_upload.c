/* SPDX-License-Identifier: MIT */
/* A policy image from the operator: streamed into a free slot of the flash, checked there, put in force
 * (ADM-5). The image says its own length, so that a form around it needs no reading but for where its
 * part begins. */
#include "http/admin_part.h"

#include "core/bytes.h"
#include "core/image.h"
#include "http/field.h"
#include "http/image_signature.h"
#include "http/policy_text.h"

enum { HEAD, START, IMAGE, BEHIND }; /* states */

enum { LENGTH_AT = 8, AROUND_BYTES = 1024, DAY_S = 86400 };

/* ---- content ---- */

void assent_admin_upload_begin(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    const struct assent_archive *archive = x->admin->app->archive;
    struct assent_span value = assent_span(NULL, 0);
    struct assent_span params;
    struct assent_admin_work *work;
    bool form;
    int error;

    if (!assent_admin_auth_change(x, engine, assent_admin_query(engine, "form"))) {
        return;
    }
    (void)assent_request_field(&engine->request, ASSENT_SPAN("content-type"), &value);
    value = assent_field_main(value, &params);
    form = assent_span_equal_nocase(value, ASSENT_SPAN("multipart/form-data"));
    if (!form && !assent_span_equal_nocase(value, ASSENT_SPAN("application/octet-stream"))) {
        assent_admin_refuse(x, engine, 415, "An image as application/octet-stream is expected.");
        return;
    }
    if (archive == NULL) {
        assent_admin_refuse(x, engine, 501, "This device keeps no images.");
        return;
    }
    work = assent_admin_take_work(x, engine);
    if (work == NULL) {
        return;
    }
    error = assent_policies_begin(archive->policies);
    if (error != ASSENT_OK) {
        assent_admin_refuse(x, engine, error == ASSENT_ERR_FULL ? 507 : 503,
                            error == ASSENT_ERR_FULL ? "No slot for another image is free." : NULL);
        return;
    }
    work->form = form;
    work->state = form ? HEAD : START;
    assent_engine_limit_content(engine, archive->policies->slot_sectors *
                                                (uint64_t)archive->policies->flash->sector_bytes +
                                            (form ? AROUND_BYTES : 0));
}

/* Take bytes before or behind the image.
 *   return  bytes taken */
static size_t take_around(struct assent_admin_work *work, struct assent_span bytes)
{
    static const char separator[] = "\r\n\r\n";
    static const char end[] = "\r\n--";
    size_t i = 0;

    while (i < bytes.len && work->error == ASSENT_OK) {
        uint8_t c = bytes.ptr[i++];

        if (++work->around > AROUND_BYTES || (work->state == BEHIND && !work->form)) {
            work->error = ASSENT_ERR_CORRUPT;
        } else if (work->state == BEHIND) {
            if (work->match < sizeof(end) - 1 && c != (uint8_t)end[work->match++]) {
                work->error = ASSENT_ERR_CORRUPT;
            }
        } else {
            work->match = c == (uint8_t)separator[work->match] ? (uint8_t)(work->match + 1)
                          : c == '\r'                          ? 1
                                                               : 0;
            if (work->match == sizeof(separator) - 1) {
                work->match = 0;
                work->state = START;
                break;
            }
        }
    }
    return i;
}

/* Take what the image begins with, up to its length. */
static size_t take_start(struct assent_admin_work *work, struct assent_policies *policies,
                         struct assent_span bytes)
{
    size_t room = sizeof(work->start) - work->start_len;
    size_t len = bytes.len < room ? bytes.len : room;
    uint32_t length;

    memcpy(work->start + work->start_len, bytes.ptr, len);
    work->start_len = (uint8_t)(work->start_len + len);
    if (len < room) {
        return len;
    }
    length = assent_bytes_load32(work->start + LENGTH_AT);
    if (memcmp(work->start, "APOL", 4) != 0 || length < ASSENT_IMAGE_BODY ||
        length > ASSENT_IMAGE_BYTES) {
        work->error = ASSENT_ERR_CORRUPT;
        return len;
    }
    work->left = length + ASSENT_IMAGE_SIGNATURE_BYTES - (uint32_t)sizeof(work->start);
    work->error = assent_policies_write(policies, assent_span(work->start, sizeof(work->start)));
    work->state = IMAGE;
    return len;
}

static size_t take_image(struct assent_admin_work *work, struct assent_policies *policies,
                         struct assent_span bytes)
{
    size_t len = bytes.len < work->left ? bytes.len : work->left;

    work->error = assent_policies_write(policies, assent_span_slice(bytes, 0, len));
    work->left -= (uint32_t)len;
    if (work->left == 0) {
        work->state = BEHIND;
    }
    return len;
}

void assent_admin_upload_take(struct assent_admin_exchange *x, struct assent_span bytes)
{
    struct assent_admin_work *work = &x->admin->work;

    while (bytes.len > 0 && work->error == ASSENT_OK && work->owner == x) {
        struct assent_policies *policies = x->admin->app->archive->policies;
        size_t len = work->state == START   ? take_start(work, policies, bytes)
                     : work->state == IMAGE ? take_image(work, policies, bytes)
                                            : take_around(work, bytes);

        bytes = assent_span_slice(bytes, len, bytes.len);
    }
}

/* ---- checks ---- */

/* Why an image is refused: a status and a sentence. */
struct verdict {
    unsigned status; /* 0: it is good */
    const char *detail;
};

static struct verdict refuse(unsigned status, const char *detail)
{
    return (struct verdict){status, detail};
}

static struct verdict check_signature(const struct assent_admin *admin, struct assent_span bytes)
{
    uint8_t key[ASSENT_SHA256_BYTES];
    int got = assent_keys_get(admin->app->keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME), key,
                              sizeof(key));
    int error = got == (int)sizeof(key)
                    ? assent_image_signature_check(bytes, key, admin->app->crypto)
                    : ASSENT_ERR_NOT_FOUND;

    assent_bytes_wipe(key, sizeof(key));
    switch (error) {
    case ASSENT_OK:
        return refuse(0, NULL);
    case ASSENT_ERR_NOT_FOUND:
        return refuse(409, "The device has no key to check signatures with.");
    case ASSENT_ERR_AUTH:
        return refuse(422, "The signature was not made with this device's key for this image.");
    case ASSENT_ERR_VERSION:
        return refuse(422, "The signature is of another version.");
    default:
        return refuse(422, "This is no policy image with a signature behind it.");
    }
}

static struct verdict check_form(const struct assent_admin *admin, struct assent_span bytes,
                                 struct assent_policy *policy)
{
    switch (assent_policy_open(policy, bytes, admin->app->crypto)) {
    case ASSENT_OK:
        break;
    case ASSENT_ERR_VERSION:
        return refuse(422, "The image is of another version of the format.");
    case ASSENT_ERR_RANGE:
        return refuse(422, "The image holds a value out of its range or against another.");
    case ASSENT_ERR_CRYPTO:
        return refuse(503, NULL);
    default:
        return refuse(422, "The image is damaged: a checksum, table, order or text is wrong.");
    }
    if (assent_policy_text_share(policy, admin->app->text) != ASSENT_OK) {
        return refuse(422, "The device has no texts in a language of this policy.");
    }
    return refuse(0, NULL);
}

/* Whether visitors who have chosen under the old policy are asked again by the new one. */
static bool asks_again(const struct assent_policy *old, const struct assent_policy *new)
{
    bool keeps = (new->flags &ASSENT_POLICY_KEEPS_RIGHTS) != 0;
    bool asks = keeps && (old->rights & ~(unsigned)new->rights) != 0;

    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        bool was = (old->offered & ASSENT_TIER_BIT(t)) != 0;
        bool is = (new->offered &ASSENT_TIER_BIT(t)) != 0;

        asks = asks || (is && (!was || old->fingerprint[t] != new->fingerprint[t]));
    }
    return asks;
}

/* What the new policy tells about the one in force has to be true. */
static struct verdict check_forerunner(const struct assent_policy *old,
                                       const struct assent_policy *new)
{
    struct assent_policy_revision row;

    for (unsigned i = 0; assent_policy_revision(new, i, 0, &row) == ASSENT_OK; i++) {
        if (row.revision != old->revision) {
            continue;
        }
        if (!assent_span_equal(row.digest, assent_policy_digest(old))) {
            return refuse(422, "Its archive names another image for the revision in force.");
        }
        if (row.asked != asks_again(old, new)) {
            return refuse(422, row.asked ? "Its archive says that visitors are asked, they are not."
                                         : "Its archive says that nobody is asked, visitors are.");
        }
        return refuse(0, NULL);
    }
    return (old->flags & ASSENT_POLICY_KEEPS_ARCHIVE) != 0
               ? refuse(422, "The policy in force promises an archive; the image leaves it out.")
               : refuse(0, NULL);
}

static struct verdict check_place(const struct assent_admin *admin,
                                  const struct assent_policy *policy, struct assent_app_site **site)
{
    struct assent_time now = assent_admin_now(admin);
    struct assent_policy_controller controller;

    assent_policy_controller(policy, &controller);
    *site = assent_admin_site(admin, controller.id);
    if (*site == NULL) {
        return refuse(422, "The image belongs to none of the sites of this device.");
    }
    if (policy->revision <= (*site)->policy.revision) {
        return refuse(409, "The revision is not higher than the one in force.");
    }
    if (now.trust != ASSENT_CLOCK_NONE && policy->effective_s > now.unix_s + DAY_S) {
        return refuse(409, "It takes effect later. Upload it on that day.");
    }
    return check_forerunner(&(*site)->policy, policy);
}

/* ---- taking over ---- */

static void answer(struct assent_admin_exchange *x, struct assent_engine *engine, bool asks,
                   const struct assent_policies_image *image)
{
    uint8_t text[96];
    struct assent_writer w = assent_writer(text, sizeof(text));

    if (x->session != 0) {
        assent_admin_done(x, engine, asks ? "policy-asks" : "policy");
        return;
    }
    assent_writer_text(&w, "{\"done\":\"policy\",\"revision\":");
    assent_writer_decimal(&w, image->revision);
    assent_writer_text(&w, asks ? ",\"asks_again\":true}\n" : ",\"asks_again\":false}\n");
    (void)assent_response_send(&engine->response, 201, "application/json", assent_writer_span(&w));
}

/* Put the image in force, in flash first. */
static struct verdict activate(struct assent_admin *admin, struct assent_app_site *site,
                               const struct assent_policy *policy, struct assent_span bytes)
{
    struct assent_policies_image *image = &admin->work.image;
    int error;

    image->site = site->number;
    image->revision = policy->revision;
    image->effective_s = policy->effective_s;
    memcpy(image->digest, assent_policy_digest(policy).ptr, sizeof(image->digest));
    error = assent_policies_activate(admin->app->archive->policies, image, assent_admin_now(admin));
    if (error == ASSENT_ERR_RANGE) {
        return refuse(409, "A revision of this number, or a higher one, is kept already.");
    }
    if (error != ASSENT_OK ||
        assent_app_replace_site(admin->app, bytes, site->number) != ASSENT_OK) {
        return refuse(503, "The image could not be put in force.");
    }
    return refuse(0, NULL);
}

static struct verdict judge(struct assent_admin_exchange *x, bool *asks)
{
    struct assent_admin *admin = x->admin;
    struct assent_admin_work *work = &admin->work;
    const struct assent_archive *archive = admin->app->archive;
    struct assent_app_site *site;
    struct assent_policy policy;
    struct assent_span bytes;
    struct verdict verdict;

    if (work->error == ASSENT_ERR_SPACE) {
        return refuse(413, "The image is longer than a slot.");
    }
    if (work->error == ASSENT_ERR_IO) {
        return refuse(503, "The flash failed.");
    }
    if (work->error != ASSENT_OK || work->state != BEHIND) {
        return refuse(422, "This is no policy image with a signature behind it.");
    }
    if (assent_policies_written(archive->policies, &work->image) != ASSENT_OK) {
        return refuse(503, "The flash failed.");
    }
    bytes = assent_span(archive->map(archive->ctx, work->image.offset), work->image.length);
    verdict = check_signature(admin, bytes);
    verdict = verdict.status == 0 ? check_form(admin, bytes, &policy) : verdict;
    verdict = verdict.status == 0 ? check_place(admin, &policy, &site) : verdict;
    if (verdict.status == 0) {
        *asks = asks_again(&site->policy, &policy);
        verdict = activate(admin, site, &policy, bytes);
    }
    if (verdict.status == 0 && admin->app->unclassified != NULL) {
        assent_unclassified_forget(admin->app->unclassified, site->number);
    }
    return verdict;
}

void assent_admin_upload_end(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    bool asks = false;
    struct verdict verdict;

    if (x->admin->work.owner != x) {
        return;
    }
    verdict = judge(x, &asks);
    if (verdict.status != 0) {
        assent_admin_refuse(x, engine, verdict.status, verdict.detail);
        return;
    }
    x->admin->upload_count++;
    answer(x, engine, asks, &x->admin->work.image);
}
