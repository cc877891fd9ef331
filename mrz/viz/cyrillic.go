package viz

// cyrillic is table B of Doc 9303-3 §6, as it is printed. It has no soft sign.
var cyrillic = [...]struct {
	letter rune
	form   string
	except exception
}{
	{0x0401, "E", exception{in(Belarusian), false, "IO"}},
	{0x0402, "D", exception{}},
	{0x0404, "IE", exception{in(Ukrainian), true, "YE"}},
	{0x0405, "DZ", exception{}},
	{0x0406, "I", exception{}},
	{0x0407, "I", exception{in(Ukrainian), true, "YI"}},
	{0x0408, "J", exception{}},
	{0x0409, "LJ", exception{}},
	{0x040A, "NJ", exception{}},
	{0x040C, "K", exception{in(Macedonian), false, "KJ"}},
	{0x040E, "U", exception{}},
	{0x040F, "DZ", exception{in(Macedonian), false, "DJ"}},
	{0x0410, "A", exception{}},
	{0x0411, "B", exception{}},
	{0x0412, "V", exception{}},
	{0x0413, "G", exception{in(Belarusian, Serbian, Ukrainian), false, "H"}},
	{0x0414, "D", exception{}},
	{0x0415, "E", exception{}},
	{0x0416, "ZH", exception{in(Serbian), false, "Z"}},
	{0x0417, "Z", exception{}},
	{0x0418, "I", exception{in(Ukrainian), false, "Y"}},
	{0x0419, "I", exception{in(Ukrainian), true, "Y"}},
	{0x041A, "K", exception{}},
	{0x041B, "L", exception{}},
	{0x041C, "M", exception{}},
	{0x041D, "N", exception{}},
	{0x041E, "O", exception{}},
	{0x041F, "P", exception{}},
	{0x0420, "R", exception{}},
	{0x0421, "S", exception{}},
	{0x0422, "T", exception{}},
	{0x0423, "U", exception{}},
	{0x0424, "F", exception{}},
	{0x0425, "KH", exception{in(Serbian, Macedonian), false, "H"}},
	{0x0426, "TS", exception{in(Serbian, Macedonian), false, "C"}},
	{0x0427, "CH", exception{in(Serbian), false, "C"}},
	{0x0428, "SH", exception{in(Serbian), false, "S"}},
	{0x0429, "SHCH", exception{in(Bulgarian), false, "SHT"}},
	{0x042A, "IE", exception{}},
	{0x042B, "Y", exception{}},
	{0x042D, "E", exception{}},
	{0x042E, "IU", exception{in(Ukrainian), true, "YU"}},
	{0x042F, "IA", exception{in(Ukrainian), true, "YA"}},
	{0x046A, "U", exception{}},
	{0x0474, "Y", exception{}},
	{0x0490, "G", exception{}},
	{0x0492, "G", exception{in(Macedonian), false, "GJ"}},
	{0x04BA, "C", exception{}},
}

// An exception is what a letter becomes in some languages, in all of a word or
// as its first letter only.
type exception struct {
	languages languages
	first     bool
	form      string
}

// languages is a set of languages.
type languages uint8

func in(all ...Language) (set languages) {
	for _, l := range all {
		set |= 1 << l
	}
	return set
}

func (set languages) has(l Language) bool { return set>>l&1 != 0 }
