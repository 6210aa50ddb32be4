-- SPDX-License-Identifier: Apache-2.0
-- Why:  a registration asks whether anybody else has registered under its tax number lately, verified or not; the index of 0112 knows the
--       verified ones alone.
-- Lock: SHARE on sellers.sellers while the index is built.
-- Time: milliseconds for 10,000 sellers.

create index sellers_gstin_claimed on sellers.sellers (gstin) where gstin is not null;
