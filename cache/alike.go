package cache

// MaxLookAlikes bounds how many look-alikes of a number are tried.
const MaxLookAlikes = 31

// alike maps each character that is easily taken for another to the other.
// The pairs are those that the field folds: letter O and digit 0, letter I and
// digit 1.
var alike = map[byte]byte{'O': '0', '0': 'O', 'I': '1', '1': 'I'}

// LookAlikes returns the numbers that a cleaned number might be taken for: all
// ways of swapping O with 0 and I with 1 in its first five such places. A
// number with more of them is not tried beyond that.
func LookAlikes(number string) []string {
	var places []int
	for i := range len(number) {
		if _, ok := alike[number[i]]; ok && 1<<(len(places)+1) <= MaxLookAlikes+1 {
			places = append(places, i)
		}
	}
	var all []string
	for choice := 1; choice < 1<<len(places); choice++ {
		other := []byte(number)
		for bit, place := range places {
			if choice>>bit&1 == 1 {
				other[place] = alike[other[place]]
			}
		}
		all = append(all, string(other))
	}
	return all
}

// differences returns the places, counted from 1, at which two numbers of the
// same length differ.
func differences(a, b string) (places []int) {
	for i := range len(a) {
		if a[i] != b[i] {
			places = append(places, i+1)
		}
	}
	return places
}
