// Package viz sets the visual inspection zone of a travel document, which
// people read, against its machine readable zone, both ways: [Compose] makes a
// zone of fields as they are printed for people, [Compare] says whether a field
// as read there agrees with the zone.
//
// The zone has A-Z, 0-9 and the filler <. What else a name holds is replaced by
// the tables of Doc 9303-3 §6, some letters in more than one way:
//
//	VIZ   Müller-Ångström, Zoë        Щербаков      عبّاس
//	MRZ   MUELLER<AANGSTROEM<<ZOE     SHCHERBAKOV   EBBAS
//	also  MUXXLLER, MULLER ...        SHTERBAKOV
//
// A name too long for its field is cut (Doc 9303 parts 4 to 7); how is the
// issuer's choice, a [Truncation].
//
// The package keeps out the clock, judgement of the zone itself, which is
// package mrz's, and any judgement of the bearer: that two zones differ is an
// observation, not a verdict. Letters that no table has are refused and never
// guessed, but for a few of living alphabets that stand in a list of their own. It logs nothing, and no error of its holds a value.
package viz
