// Package s3 keeps what is published in a bucket of an S3-compatible store,
// from where any CDN serves it. It knows two kinds of files: one that is
// created never changes, may be cached for ever, and is never overwritten with
// something else; one that is replaced is cached for half a minute. It knows
// nothing of lists and releases.
//
// Every file is read back and compared once it is written, so that what is
// published is there. Each object carries the SHA-256 of its content as
// x-amz-meta-sha256, by which a file that is there already is known again
// without its being fetched. A created file that is not read back as it was
// written is removed.
//
// That a file is not overwritten is the store's promise where it knows
// If-None-Match, as Amazon's and MinIO do. Where it refuses that header or
// ignores it, two programs that create one file at the same moment may
// overwrite each other; reading back tells all but the last of them.
//
// Credentials come from the environment (AWS_ACCESS_KEY_ID and so on), from
// AWS's files (AWS_PROFILE), or from the machine's role, whichever is found
// first. No error holds one.
package s3
