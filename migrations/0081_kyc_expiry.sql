-- SPDX-License-Identifier: Apache-2.0
-- Why:  documents of sellers end with their last day: the leader looks for those whose time is over.
-- Lock: SHARE on sellers.kyc_documents while the index is built.
-- Time: milliseconds.

create index kyc_documents_ending on sellers.kyc_documents (valid_until) where status = 'verified' and valid_until is not null;
