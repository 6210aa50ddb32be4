// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <curl/curl.h>

// Swift cannot call C functions with variable arguments: one typed wrapper per shape of argument.

static inline CURLcode mve_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode mve_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode mve_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode mve_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode mve_curl_set_headers(CURL *handle, struct curl_slist *value) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, value);
}

static inline CURLcode mve_curl_set_recipients(CURL *handle, struct curl_slist *value) {
    return curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, value);
}

// Reading and writing have one signature: the bytes, size, count and the user's pointer.
typedef size_t (*mve_curl_data)(char *bytes, size_t size, size_t count, void *user);

static inline CURLcode mve_curl_set_data(CURL *handle, CURLoption option, mve_curl_data function) {
    return curl_easy_setopt(handle, option, function);
}

static inline CURLcode mve_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode mve_curl_get_pointer(CURL *handle, void **value) {
    return curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)value);
}

static inline CURLMcode mve_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode mve_curl_multi_set_socket(CURLM *multi, curl_socket_callback function, void *user) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, user);
}

static inline CURLMcode mve_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback function, void *user) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, user);
}
