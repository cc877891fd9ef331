package mrz

// Format is the layout of a machine readable zone.
type Format uint8

// The layouts of Doc 9303, and behind them those of national documents that a
// desk sees and that Doc 9303 does not have. The zero value is no layout.
const (
	None  Format = iota
	TD1          // three lines of 30, Doc 9303-5
	TD2          // two lines of 36, Doc 9303-6
	TD3          // two lines of 44, Doc 9303-4
	MRVA         // two lines of 44, Doc 9303-7
	MRVB         // two lines of 36, Doc 9303-7
	IDFRA        // two lines of 36: French identity card, made until 2021
	CHEDL        // lines of 9, 30 and 30: Swiss driving licence
	EUDL         // one line of 30: driving licence, of France and the Netherlands
	SVK          // two lines of 34: old Slovak identity card
)

var formatNames = [...]string{
	None: "", TD1: "TD1", TD2: "TD2", TD3: "TD3", MRVA: "MRVA", MRVB: "MRVB",
	IDFRA: "IDFRA", CHEDL: "CHE_DL", EUDL: "EU_DL", SVK: "SVK",
}

// String returns the name of the layout, "" for none.
func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return ""
}

// National reports whether the layout is one that Doc 9303 does not have.
func (f Format) National() bool { return f > MRVB }

// ParseFormat returns the layout of a name, and false where there is none of
// that name. The name "" is none.
func ParseFormat(name string) (Format, bool) {
	for f, n := range formatNames {
		if n == name && n != "" {
			return Format(f), true
		}
	}
	return None, false
}
