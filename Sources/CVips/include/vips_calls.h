// SPDX-License-Identifier: Apache-2.0
//
// libvips, loaded when it is first needed instead of with the program (docs/adr/0016), and the calls of it that we
// make: typed, for Swift cannot call C functions with variable arguments. Before `mve_vips_load` has succeeded none but
// itself may be called. What returns an int without saying more returns 0, or -1 with a text in libvips' error buffer;
// an image that is returned belongs to the caller.
#pragma once

#include <stddef.h>

typedef struct _VipsImage VipsImage;

/// Loads the library of this name and starts it, once for the process. NULL, or what is wrong in words that stand until
/// the calling thread's next call; nothing of an earlier success is lost then.
const char *mve_vips_load(const char *library);

/// Gives back what is kept for the calling thread.
void mve_vips_forget_thread(void);

/// Octets that images use.
size_t mve_vips_tracked(void);

/// What calls complained about, for `mve_vips_free`; one text for the process.
char *mve_vips_complaint(void);

void mve_vips_free(void *octets);
void mve_vips_release(VipsImage *image);

// The octets must outlive the image. Of an animation the first frame.

int mve_vips_jpeg(const void *octets, size_t count, int shrink, VipsImage **out);
int mve_vips_png(const void *octets, size_t count, VipsImage **out);
int mve_vips_webp(const void *octets, size_t count, VipsImage **out);

int mve_vips_width(const VipsImage *image);
int mve_vips_height(const VipsImage *image);
int mve_vips_band_count(const VipsImage *image);

/// Octets of one band of one pixel.
int mve_vips_band_octets(const VipsImage *image);

/// Not 0 where it has an alpha band.
int mve_vips_has_alpha(VipsImage *image);

/// Not 0 where it has a field of this name.
int mve_vips_has(const VipsImage *image, const char *field);

/// Turned upright, no side longer than `side`, never enlarged. With a profile its colours are brought into it.
int mve_vips_fit(VipsImage *in, int side, const char *profile, VipsImage **out);

int mve_vips_without_profile(VipsImage *in, VipsImage **out);
int mve_vips_srgb(VipsImage *in, VipsImage **out);

/// Eight bits a band.
int mve_vips_octets(VipsImage *in, VipsImage **out);

int mve_vips_bands(VipsImage *in, int first, int count, VipsImage **out);

/// The least value of any band.
int mve_vips_least(VipsImage *in, double *least);

/// Its pixels, worked out.
int mve_vips_in_memory(VipsImage *in, VipsImage **out);

// Nothing but pixels is written: no EXIF, XMP, IPTC or profile. The octets are for `mve_vips_free`.

int mve_vips_save_jpeg(VipsImage *in, int quality, void **octets, size_t *count);
int mve_vips_save_webp(VipsImage *in, int quality, int effort, void **octets, size_t *count);

// For the samples of tests.

/// Of a copy of pixels of eight bits a band, in sRGB, or with `cmyk` in printers' colours. NULL where it cannot be made.
VipsImage *mve_vips_from_pixels(const void *octets, size_t count, int width, int height, int bands, int cmyk);

/// The pixels of what is in memory.
const void *mve_vips_pixels(VipsImage *image);
