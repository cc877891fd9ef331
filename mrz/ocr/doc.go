// Package ocr deals with machine readable zones as machines misread them: it
// finds zones in text, repairs them as far as the check digits allow, and tells
// which cells no check digit can vouch for.
//
// Check digits find most misread characters, but they choose badly among
// repairs: of two or three look-alikes in a zone, a repair that fits all digits
// is wrong in about one case of five. And some look-alikes count the same, 1
// and L, 6 and G, or cancel each other in pairs: they leave every digit right.
// So a repaired reading is never a verified one. Every edit is listed, two
// repairs as good as each other are no repair, and of a reading that needed
// none the cells are listed that may be misread all the same. A chip that opens
// with a reading is the witness that a check digit is not.
//
// A zone is repaired in this order, the cheapest repair last:
//
//	lines     joined, swapped, doubled; a filler lost from a run or added to one
//	forced    a letter where only digits can be (74O812), a digit in a name
//	searched  the fewest look-alikes with which every check digit fits, those
//	          before others that leave letters and digits in fewer runs
//
// The package keeps out images, and judgement: [mrz.Parse] judges what comes
// out. It logs nothing, and what it returns prints without personal data.
package ocr
