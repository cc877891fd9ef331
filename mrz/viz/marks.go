package viz

import (
	"unicode"
)

// marks are the letters of the tables that are also typed as two characters, a
// base letter and a combining mark: by mark, base and letter in turn.
var marks = map[rune]string{
	0x0300: "AÀEÈIÌOÒUÙ",
	0x0301: "AÁEÉIÍOÓUÚYÝCĆLĹNŃRŔSŚZŹ\u041a\u040c\u0413\u0403",
	0x0302: "AÂEÊIÎOÔUÛCĈGĜHĤJĴSŜWŴYŶ",
	0x0303: "AÃNÑOÕIĨUŨ",
	0x0304: "AĀEĒIĪOŌUŪ",
	0x0306: "AĂEĔGĞIĬOŎUŬ\u0423\u040e\u0418\u0419",
	0x0307: "CĊEĖGĠIİZŻ",
	0x0308: "AÄEËIÏOÖUÜYŸ\u0415\u0401\u0406\u0407",
	0x030a: "AÅUŮ",
	0x030b: "OŐUŰ",
	0x030c: "CČDĎEĚLĽNŇRŘSŠTŤZŽ",
	0x0326: "SȘTȚ",
	0x0327: "CÇGĢKĶLĻNŅRŖSŞTŢ",
	0x0328: "AĄEĘIĮUŲ",
	0x0653: "\u0627\u0622",
	0x0654: "\u0627\u0623\u0648\u0624\u064a\u0626\u06d5\u06c0\u06c1\u06c2\u06d2\u06d3",
	0x0655: "\u0627\u0625",
}

// pair is a base letter and a mark.
type pair struct{ base, mark rune }

var composed = pairs()

func pairs() map[pair]rune {
	all := map[pair]rune{}
	for mark, letters := range marks {
		r := []rune(letters)
		for i := 0; i < len(r); i += 2 {
			all[pair{r[i], mark}] = r[i+1]
		}
	}
	return all
}

// capitals returns a text in capital letters, with each mark joined to the
// letter before it where the tables have the two as one.
func capitals(text string) []rune {
	var all []rune
	base := -1 // where the letter stands that a mark may join
	for _, r := range text {
		r = capital(r)
		if base >= 0 {
			if joined, ok := composed[pair{all[base], r}]; ok {
				all[base] = joined
				continue
			}
		}
		if !unicode.IsMark(r) {
			base = len(all)
		}
		all = append(all, r)
	}
	return all
}

// capital returns the capital of a letter. That of sharp s is a letter of the
// table, and that of dotless i is the plain one.
func capital(r rune) rune {
	if r == 'ß' {
		return 'ẞ'
	}
	return unicode.ToUpper(r)
}
