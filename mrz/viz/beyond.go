package viz

// beyond are letters of names that the tables of Doc 9303-3 §6 do not have. No
// clause lists them: they are a default. The soft sign leaves no trace, as in
// the passports of States whose languages have it.
var beyond = map[rune]entry{
	'Ь': {},
	'Ћ': {forms: []string{"C"}},
	'Ѓ': {forms: []string{"G"}, except: exception{in(Macedonian), false, "GJ"}},
	'Ș': {forms: []string{"S"}},
	'Ț': {forms: []string{"T"}},
}
