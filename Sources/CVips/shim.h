// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vips/vips.h>

// Swift cannot call C functions with variable arguments: one typed wrapper per operation, with the options that we use.
// All return 0, or -1 with a text in vips' error buffer; an image that is returned belongs to the caller.

static inline void mve_vips_say_nothing(const char *domain, GLogLevelFlags level, const char *text, void *user) {
    (void)domain, (void)level, (void)text, (void)user;
}

// Once for the process. Every loader is shut but the three that we ask for by name: what a stranger sends never reaches
// ImageMagick, librsvg, poppler and the like.
static inline int mve_vips_start(void) {
    if (vips_init("mve")) return -1;
    vips_concurrency_set(1);
    // What one request decoded is of no use to the next, and would be kept.
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    // Warnings are about strangers' files; what matters comes back as an error.
    g_log_set_handler("VIPS", (GLogLevelFlags)(G_LOG_LEVEL_MASK), mve_vips_say_nothing, NULL);
    return 0;
}

// The octets must outlive the image. Of an animation the first frame.
static inline int mve_vips_jpeg(const void *octets, size_t count, int shrink, VipsImage **out) {
    return vips_jpegload_buffer(
        (void *)octets, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "shrink", shrink,
        NULL);
}

static inline int mve_vips_png(const void *octets, size_t count, VipsImage **out) {
    return vips_pngload_buffer(
        (void *)octets, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static inline int mve_vips_webp(const void *octets, size_t count, VipsImage **out) {
    return vips_webpload_buffer(
        (void *)octets, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

// Turned upright, no side longer than `side`, never enlarged. With a profile its colours are brought into it.
static inline int mve_vips_fit(VipsImage *in, int side, const char *profile, VipsImage **out) {
    if (profile) {
        return vips_thumbnail_image(
            in, out, side, "height", side, "size", VIPS_SIZE_DOWN, "export_profile", profile, NULL);
    }
    return vips_thumbnail_image(in, out, side, "height", side, "size", VIPS_SIZE_DOWN, NULL);
}

static inline int mve_vips_srgb(VipsImage *in, VipsImage **out) {
    return vips_colourspace(in, out, VIPS_INTERPRETATION_sRGB, NULL);
}

static inline int mve_vips_octets(VipsImage *in, VipsImage **out) { return vips_cast_uchar(in, out, NULL); }

static inline int mve_vips_bands(VipsImage *in, int first, int count, VipsImage **out) {
    return vips_extract_band(in, out, first, "n", count, NULL);
}

static inline int mve_vips_least(VipsImage *in, double *least) { return vips_min(in, least, NULL); }

static inline int mve_vips_without_profile(VipsImage *in, VipsImage **out) {
    if (vips_copy(in, out, NULL)) return -1;
    vips_image_remove(*out, VIPS_META_ICC_NAME);
    return 0;
}

// Nothing but pixels is written: no EXIF, XMP, IPTC or profile.
static inline int mve_vips_save_jpeg(VipsImage *in, int quality, void **octets, size_t *count) {
    return vips_jpegsave_buffer(in, octets, count, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, NULL);
}

static inline int mve_vips_save_webp(VipsImage *in, int quality, int effort, void **octets, size_t *count) {
    return vips_webpsave_buffer(in, octets, count, "Q", quality, "effort", effort, "strip", TRUE, NULL);
}

static inline int mve_vips_has(const VipsImage *in, const char *field) {
    return vips_image_get_typeof(in, field) != 0;
}

static inline void mve_vips_release(VipsImage *image) { g_object_unref(image); }
