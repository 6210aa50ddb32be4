// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>

// Macros that Swift cannot read, because they are written with other macros.
static const uint64_t mve_ssl_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t mve_ssl_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t mve_ssl_cipher_server_preference = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t mve_ssl_prioritize_chacha = SSL_OP_PRIORITIZE_CHACHA;
