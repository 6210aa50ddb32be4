// SPDX-License-Identifier: Apache-2.0
#include "vips_calls.h"

#include <dlfcn.h>
#include <vips/vips.h>

// Every function of libvips and GLib that is called. None may be named without CALL: the program would be linked with it.
#define FUNCTIONS(EACH)                                                                                                \
    EACH(vips_init)                                                                                                    \
    EACH(vips_concurrency_set)                                                                                         \
    EACH(vips_cache_set_max)                                                                                           \
    EACH(vips_block_untrusted_set)                                                                                     \
    EACH(vips_operation_block_set)                                                                                     \
    EACH(vips_error_buffer)                                                                                            \
    EACH(vips_error_buffer_copy)                                                                                       \
    EACH(vips_thread_shutdown)                                                                                         \
    EACH(vips_tracked_get_mem)                                                                                         \
    EACH(vips_jpegload_buffer)                                                                                         \
    EACH(vips_pngload_buffer)                                                                                          \
    EACH(vips_webpload_buffer)                                                                                         \
    EACH(vips_jpegsave_buffer)                                                                                         \
    EACH(vips_webpsave_buffer)                                                                                         \
    EACH(vips_image_get_width)                                                                                         \
    EACH(vips_image_get_height)                                                                                        \
    EACH(vips_image_get_bands)                                                                                         \
    EACH(vips_image_get_format)                                                                                        \
    EACH(vips_format_sizeof)                                                                                           \
    EACH(vips_image_hasalpha)                                                                                          \
    EACH(vips_image_get_typeof)                                                                                        \
    EACH(vips_image_remove)                                                                                            \
    EACH(vips_image_copy_memory)                                                                                       \
    EACH(vips_image_new_from_memory_copy)                                                                              \
    EACH(vips_image_get_data)                                                                                          \
    EACH(vips_thumbnail_image)                                                                                         \
    EACH(vips_colourspace)                                                                                             \
    EACH(vips_cast_uchar)                                                                                              \
    EACH(vips_extract_band)                                                                                            \
    EACH(vips_min)                                                                                                     \
    EACH(vips_copy)                                                                                                    \
    EACH(g_free)                                                                                                       \
    EACH(g_log_set_handler)                                                                                            \
    EACH(g_object_unref)

// Typed by the headers, which so check every call. The names have a prefix: some are macros too in later versions of GLib.
#define POINTER(name) __typeof__(name) *call_##name;
struct calls {
    FUNCTIONS(POINTER)
};

static struct calls calls;

#define CALL(name) (calls.call_##name)

// MARK: Loading

// NULL, or what is missing.
static const char *resolve(void *library, struct calls *found) {
#define FIND(name)                                                                                                     \
    if (!(found->call_##name = (__typeof__(name) *)dlsym(library, #name))) return dlerror();
    FUNCTIONS(FIND)
    return NULL;
}

static void say_nothing(const char *domain, GLogLevelFlags level, const char *text, void *user) {
    (void)domain, (void)level, (void)text, (void)user;
}

// Every loader is shut but the three that we ask for by name: what a stranger sends never reaches ImageMagick, librsvg,
// poppler and the like.
static const char *start(void) {
    if (CALL(vips_init)("mve")) return CALL(vips_error_buffer)();
    CALL(vips_concurrency_set)(1);
    // What one request decoded is of no use to the next, and would be kept.
    CALL(vips_cache_set_max)(0);
    CALL(vips_block_untrusted_set)(TRUE);
    CALL(vips_operation_block_set)("VipsForeignLoad", TRUE);
    CALL(vips_operation_block_set)("VipsForeignLoadJpeg", FALSE);
    CALL(vips_operation_block_set)("VipsForeignLoadPng", FALSE);
    CALL(vips_operation_block_set)("VipsForeignLoadWebp", FALSE);
    // Warnings are about strangers' files; what matters comes back as an error.
    CALL(g_log_set_handler)("VIPS", (GLogLevelFlags)(G_LOG_LEVEL_MASK), say_nothing, NULL);
    return NULL;
}

const char *mve_vips_load(const char *library) {
    // All of it at once: a symbol that is missing shows here, not in the middle of a picture. It is never given back: GLib
    // cannot be.
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return dlerror();
    struct calls found;
    const char *missing = resolve(handle, &found);
    if (missing) return missing;
    calls = found;
    return start();
}

// MARK: Upkeep

void mve_vips_forget_thread(void) { CALL(vips_thread_shutdown)(); }

size_t mve_vips_tracked(void) { return CALL(vips_tracked_get_mem)(); }

char *mve_vips_complaint(void) { return CALL(vips_error_buffer_copy)(); }

void mve_vips_free(void *octets) { CALL(g_free)(octets); }

void mve_vips_release(VipsImage *image) { CALL(g_object_unref)(image); }

// MARK: Decoding

int mve_vips_jpeg(const void *octets, size_t count, int shrink, VipsImage **out) {
    return CALL(vips_jpegload_buffer)(
        (void *)octets, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "shrink", shrink,
        NULL);
}

int mve_vips_png(const void *octets, size_t count, VipsImage **out) {
    return CALL(vips_pngload_buffer)(
        (void *)octets, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

int mve_vips_webp(const void *octets, size_t count, VipsImage **out) {
    return CALL(vips_webpload_buffer)(
        (void *)octets, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

// MARK: What is known of an image

int mve_vips_width(const VipsImage *image) { return CALL(vips_image_get_width)(image); }

int mve_vips_height(const VipsImage *image) { return CALL(vips_image_get_height)(image); }

int mve_vips_band_count(const VipsImage *image) { return CALL(vips_image_get_bands)(image); }

int mve_vips_band_octets(const VipsImage *image) {
    return (int)CALL(vips_format_sizeof)(CALL(vips_image_get_format)(image));
}

int mve_vips_has_alpha(VipsImage *image) { return CALL(vips_image_hasalpha)(image); }

int mve_vips_has(const VipsImage *image, const char *field) { return CALL(vips_image_get_typeof)(image, field) != 0; }

// MARK: Recipes

int mve_vips_fit(VipsImage *in, int side, const char *profile, VipsImage **out) {
    if (profile) {
        return CALL(vips_thumbnail_image)(
            in, out, side, "height", side, "size", VIPS_SIZE_DOWN, "export_profile", profile, NULL);
    }
    return CALL(vips_thumbnail_image)(in, out, side, "height", side, "size", VIPS_SIZE_DOWN, NULL);
}

int mve_vips_without_profile(VipsImage *in, VipsImage **out) {
    if (CALL(vips_copy)(in, out, NULL)) return -1;
    CALL(vips_image_remove)(*out, VIPS_META_ICC_NAME);
    return 0;
}

int mve_vips_srgb(VipsImage *in, VipsImage **out) {
    return CALL(vips_colourspace)(in, out, VIPS_INTERPRETATION_sRGB, NULL);
}

int mve_vips_octets(VipsImage *in, VipsImage **out) { return CALL(vips_cast_uchar)(in, out, NULL); }

int mve_vips_bands(VipsImage *in, int first, int count, VipsImage **out) {
    return CALL(vips_extract_band)(in, out, first, "n", count, NULL);
}

// MARK: Pixels

int mve_vips_least(VipsImage *in, double *least) { return CALL(vips_min)(in, least, NULL); }

int mve_vips_in_memory(VipsImage *in, VipsImage **out) {
    *out = CALL(vips_image_copy_memory)(in);
    return *out ? 0 : -1;
}

int mve_vips_save_jpeg(VipsImage *in, int quality, void **octets, size_t *count) {
    return CALL(vips_jpegsave_buffer)(in, octets, count, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, NULL);
}

int mve_vips_save_webp(VipsImage *in, int quality, int effort, void **octets, size_t *count) {
    return CALL(vips_webpsave_buffer)(in, octets, count, "Q", quality, "effort", effort, "strip", TRUE, NULL);
}

// MARK: Samples

VipsImage *mve_vips_from_pixels(const void *octets, size_t count, int width, int height, int bands, int cmyk) {
    VipsImage *image =
        CALL(vips_image_new_from_memory_copy)(octets, count, width, height, bands, VIPS_FORMAT_UCHAR);
    if (image) image->Type = cmyk ? VIPS_INTERPRETATION_CMYK : VIPS_INTERPRETATION_sRGB;
    return image;
}

const void *mve_vips_pixels(VipsImage *image) { return CALL(vips_image_get_data)(image); }
