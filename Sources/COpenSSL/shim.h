// OpenSSL's digests, for the checksums of downloads.
#pragma once
#include <openssl/evp.h>
