package viz

// Language is the language of a name, as far as the tables of Doc 9303-3 §6
// make exceptions for it.
type Language uint8

// The languages. A name of AnyLanguage, which is also for those that have no
// exceptions, is transliterated without them and compared with all of them.
const (
	AnyLanguage Language = iota
	Belarusian
	Bulgarian
	Macedonian
	Serbian
	Ukrainian
)

var languageNames = [...]string{"any", "Belarusian", "Bulgarian", "Macedonian", "Serbian", "Ukrainian"}

// String returns the language in English.
func (l Language) String() string {
	if int(l) < len(languageNames) {
		return languageNames[l]
	}
	return languageNames[AnyLanguage]
}
