// Package list says what a document list is: its records, how a document
// number becomes a key, the shards that records are kept in, and the tree of
// hashes that proves them. It is pure: the publisher, the release format and
// the device's store all build on it, and it imports nothing of ours.
//
// # The bytes of a shard
//
// A shard is the part of a list whose digests begin with the same ShardBits
// bits. Its bytes follow from its records and the list's [Params] alone: one
// bit stream, the first bit in the highest place of the first byte.
//
//	count       number        of records
//	digests     count rising  without the bits that are the shard's number
//	issuers     range         of the issuers' places
//	dates       range
//	class       number        the commonest, of two the lower
//	status      number        the commonest, of two the lower
//	country     1             what it usually is: 0 the issuer; 1 none, if more
//	                          records have none than have the issuer
//	rows        count x       the issuer's index times the size of the dates' range,
//	                          plus the date's index: in as many bits as the
//	                          greatest row that there could be takes
//	classes     others        those that are not the commonest
//	statuses    others        those that are not the commonest
//	countries   others        those that are not what they usually are
//	references  marks         of the records that have one
//	            n x           length 5, then 7 for each character
//	            zeros up to a whole byte
//
// It is made of these:
//
//	number   how many bits it has, in unary, then those behind the first
//	unary    as many ones, then a zero
//	rising   n x     the k lowest bits of what a number exceeds the one before by
//	         n x     unary: the other bits of that
//	range    least   number: the least value but 0; 0 if there is none
//	         more    number: what the greatest value exceeds it by
//	         zeros   1: some values are 0, and others are not
//	marks    n       number: how many records are marked
//	         n rising: how many before each marked one are not marked
//	others   marks
//	         range   of the marked records' values, each of which is one less if it
//	                 exceeds what is usual
//	         n x     index in the range, in as many bits as the greatest takes
//
// The index of a value in a range is what it exceeds the least by. Where zeros
// are mixed in, 0 has the index 0, and all others have one more.
//
// k is the whole part of log2(177/256 x mean), or 0. For the digests, the mean is
// the greatest that one could be by the count; for marks, the count by n.
//
// Records stand in the order of digest, class, issuer. Issuer and country are
// places in [Params].Codes, counted from 1; 0 is none. What is the same for all
// records, such as what is always missing, takes a few bits in front, and what
// few records have is paid for by those. A look-up that finds nothing reads the
// digests only.
//
// With ShardBits 4 and the codes UTO, D, XXB, IAO, the records
//
//	1000000000000001  P  UTO  stolen  2014-08-23  D
//	17ff000000000000  I  D    lost    2014-08-25  D  A/1
//
// make up shard 1 with these bits, k being 58 for the digests and 0 for marks:
//
//	1100                                   2 records
//	000...001  1111111110111...111         low bits of 1 and of 7feffffffffffff
//	0 10                                   their others: 0 and 1
//	10 10 0                                issuers from 1, up to 1 more
//	111111111111110 0001100101001 1100 0   dates from 9001, up to 2 more
//	10  10  0                              P, stolen, the issuer
//	000  101                               UTO and 9001: 0 x 3 + 0; D and 9003: 1 x 3 + 2
//	10  10  10 0 0                         one class, behind one record, is 2
//	10  10  1100 0 0                       one status, behind one record, is 3
//	10  0   10 0 0                         one country, of the first record, is 2
//	10  10  00011 1000001 0101111 0110001  one reference, behind one record: A/1
package list
