// Package mrz reads the machine readable zone of travel documents as ICAO Doc
// 9303 (8th edition) lays it down: the zone of a card, a passport or a visa
// goes in as lines, its fields come out, with every check digit judged and
// everything that is wrong or odd listed by place.
//
// Five layouts are known. A line is cells of A-Z, 0-9 and the filler <:
//
//	TD1   3 x 30   I<UTOD231458907<<<<<<<<<<<<<<<                cards
//	               7408122F1204159UTO<<<<<<<<<<<6
//	               ERIKSSON<<ANNA<MARIA<<<<<<<<<<
//	TD2   2 x 36   I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<          larger cards
//	               D231458907UTO7408122F1204159<<<<<<<6
//	TD3   2 x 44   P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<  passports
//	               L898902C36UTO7408122F1204159ZE184226B<<<<<10
//	MRVA  2 x 44   as TD3, begins with V, has no composite digit  visas
//	MRVB  2 x 36   as TD2, begins with V, has no composite digit  smaller visas
//
// National documents that a desk sees are read by their own rules:
//
//	IDFRA   2 x 36       the French identity card until 2021 (that of 2021 is a TD1)
//	CHE_DL  9, 2 x 30    the Swiss driving licence
//	EU_DL   1 x 30       driving licences, of France and the Netherlands
//	SVK     2 x 34       the old Slovak identity card
//
// A zone that has the shape of a layout is always read: what breaks a rule is
// a [Finding], not an error. [Result.Valid] says that nothing breaks Doc 9303,
// [Result.Readable] that nothing is wrong beyond the deviations that real
// documents are known to carry, [Result.Evidence] what vouches for a field.
//
// The package keeps out the clock (a day is an argument), repair of misread
// characters (package ocr), what people read (package viz), the chip (package
// chip), and any judgement of the bearer. It never logs, and what it returns
// prints without the personal data in it: ask a [Text] for its [Text.Value] to
// have the characters. Results hold on to the lines that they are of; keep those
// in a [Buffer] to be able to wipe them.
package mrz
