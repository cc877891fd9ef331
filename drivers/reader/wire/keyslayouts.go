package wire

import (
	"slices"
	"strings"
)

// A layout says what the keys type that a zone needs. A key is named by its code
// in the kernel (linux/input-event-codes.h), which says where it is and not what is on it.
type layout struct {
	name    string
	levels  [3][128]byte // by level and key; 0 is none, or none of ASCII
	capsNum bool         // CapsLock gives the digits too, which need Shift else
}

// The levels of a key.
const (
	plain = iota
	shifted
	third // with AltGr
)

// rows are the keys of each row, left to right, on a keyboard of 105 keys. The key
// beside the left Shift is the first of its row, that beside Enter the last of its own.
var rows = [4][]uint8{
	{41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
	{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27},
	{30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43},
	{86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53},
}

// layouts are those of Windows that AISKBL of the Access-IS readers chooses from
// (LSR118 manual p. 22), in its order. Each row stands there as it is and with
// Shift; a space stands for a key that is not there, or is dead.
var layouts = []layout{
	newLayout("us",
		"`1234567890-=", "~!@#$%^&*()_+",
		"qwertyuiop[]", "QWERTYUIOP{}",
		`asdfghjkl;'\`, `ASDFGHJKL:"|`,
		" zxcvbnm,./", " ZXCVBNM<>?"),
	newLayout("uk",
		"`1234567890-=", `¬!"£$%^&*()_+`,
		"qwertyuiop[]", "QWERTYUIOP{}",
		"asdfghjkl;'#", "ASDFGHJKL:@~",
		`\zxcvbnm,./`, "|ZXCVBNM<>?"),
	newLayout("it",
		`\1234567890'ì`, `|!"£$%&/()=?^`,
		"qwertyuiopè+", "QWERTYUIOPé*",
		"asdfghjklòàù", "ASDFGHJKLç°§",
		"<zxcvbnm,.-", ">ZXCVBNM;:_"),
	newLayout("es",
		"º1234567890'¡", `ª!"·$%&/()=?¿`,
		"qwertyuiop +", "QWERTYUIOP *",
		"asdfghjklñ ç", "ASDFGHJKLÑ Ç",
		"<zxcvbnm,.-", ">ZXCVBNM;:_"),
	newLayout("de",
		" 1234567890ß ", `°!"§$%&/()=? `,
		"qwertzuiopü+", "QWERTZUIOPÜ*",
		"asdfghjklöä#", "ASDFGHJKLÖÄ'",
		"<yxcvbnm,.-", ">YXCVBNM;:_"),
	newLayout("ch",
		"§1234567890' ", `°+"*ç%&/()=? `,
		"qwertzuiopü ", "QWERTZUIOPè!",
		"asdfghjklöä$", "ASDFGHJKLéà£",
		"<yxcvbnm,.-", ">YXCVBNM;:_"),
	newLayout("cz",
		";+ěščřžýáíé= ", " 1234567890% ",
		"qwertzuiopú)", "QWERTZUIOP/(",
		"asdfghjklů§ ", `ASDFGHJKL"!'`,
		`\yxcvbnm,.-`, "|YXCVBNM?:_").with(third, 51, '<').with(third, 52, '>'),
	newLayout("fr",
		`²&é"'(-è_çà)=`, " 1234567890°+",
		"azertyuiop $", "AZERTYUIOP £",
		"qsdfghjklmù*", "QSDFGHJKLM%µ",
		"<wxcvbn,;:!", ">WXCVBN?./§").withCapsNum(),
	newLayout("be",
		`²&é"'(§è!çà)-`, "³1234567890°_",
		"azertyuiop $", "AZERTYUIOP *",
		"qsdfghjklmùµ", "QSDFGHJKLM%£",
		"<wxcvbn,;:=", ">WXCVBN?./+").withCapsNum(),
	newLayout("se",
		"§1234567890+ ", `½!"#¤%&/()=? `,
		"qwertyuiopå ", "QWERTYUIOPÅ ",
		"asdfghjklöä'", "ASDFGHJKLÖÄ*",
		"<zxcvbnm,.-", ">ZXCVBNM;:_"),
}

// newLayout returns a layout by its rows, each as it is and then with Shift.
func newLayout(name string, typed ...string) layout {
	l := layout{name: name}
	for i, text := range typed {
		for at, r := range []rune(text) {
			if r > ' ' && r < 0x80 {
				l.levels[i%2][rows[i/2][at]] = byte(r)
			}
		}
	}
	return l
}

// with returns the layout with one more character on it.
func (l layout) with(level int, key uint8, c byte) layout {
	l.levels[level][key] = c
	return l
}

// withCapsNum returns the layout as one whose CapsLock gives the digits too.
func (l layout) withCapsNum() layout {
	l.capsNum = true
	return l
}

// typed returns the character of a stroke, or 0.
func (l *layout) typed(s stroke) byte {
	if s.char != 0 || s.key >= 128 {
		return s.char
	}
	if c := l.levels[shifted][s.key]; s.caps && l.capsNum && s.level == plain && '0' <= c && c <= '9' {
		return c
	}
	return l.levels[s.level][s.key]
}

// find returns where a character is on a layout.
func (l *layout) find(c byte) (level int, key uint8, ok bool) {
	for level := range l.levels {
		if key := slices.Index(l.levels[level][:], c); key >= 0 {
			return level, uint8(key), true
		}
	}
	return 0, 0, false
}

// layoutNames returns the names of all layouts, in their order.
func layoutNames() []string {
	var names []string
	for i := range layouts {
		names = append(names, layouts[i].name)
	}
	return names
}

// layoutsOf returns the layouts of the names, all for none.
func layoutsOf(names []string) []*layout {
	var of []*layout
	for i := range layouts {
		if len(names) == 0 {
			of = append(of, &layouts[i])
		}
	}
	for _, name := range names {
		if i := slices.Index(layoutNames(), name); i >= 0 {
			of = append(of, &layouts[i])
		}
	}
	return of
}

// checkLayouts reports a layout that there is not.
func checkLayouts(f Framing) error {
	all := layoutNames()
	for _, name := range f.Layouts {
		if !slices.Contains(all, name) {
			return &SettingError{"frame.layouts", "no layout \"" + name + "\"; there are " + strings.Join(all, ", ")}
		}
	}
	return nil
}
