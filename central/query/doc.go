// Package query answers whether a document is listed, as INTERPOL's FIND does:
// a search by number, class and issuing State, and the details of what it
// found. It says who may ask, bounds how much, and answers nothing that is not
// in the log of consultations. Where records are, [Records] hides.
//
// # What an answer means
//
// The HTTP status of every answer is 200; what it means is its result code:
//
//	0 NO_ERROR          the document is listed
//	1 NO_ANSWER         every list that the caller may ask was asked, and has it not
//	2 INVALID_SEARCH    the text names the field, and never repeats its value
//	3 UNEXPECTED_ERROR  a list or the log failed, or too many ask at once: try again
//	4 TOO_MANY_ANSWER   more records than were asked for: none is told
//	5 ACCESS_DENIED     the caller may not ask this
//	6 OTHER_ERROR_CODE  a list is not set up, or contradicts itself: somebody must mend it
//	7 TIME_OUT          a list did not answer in time: try again
//
// Code 1 comes from one place alone, after all lists have answered; whatever
// goes wrong is another code. When one list has the document and another fails,
// the answer is 0 and its text says so.
//
// What is no query at all is an RFC 9457 problem: no certificate, JSON that is
// none, a body without end, too many requests. Problems say nothing of
// documents and are not logged.
//
// # item_id
//
// The ID of a record that was found is sealed: it holds which record, for whom
// and until when. It opens for the caller who searched, for a quarter of an
// hour, and for a process with the same key. So details are had by who could
// have searched for the document, and there is nothing to count through. An ID
// that is made up, old, or another's has one and the same answer.
//
// # The log
//
// An entry is on the disk before its answer goes out. When it cannot be, the
// answer is 3 and holds no record; the entry may then stand in the log all the
// same, with the code that was not told. The log can prove too much, never too
// little.
package query
