package ocr

import (
	"html"
	"strings"
)

// decode turns text as programs wrap it into lines: entities, tags that end a
// line, and the escapes of JSON.
func decode(text string) string {
	text = escapes.Replace(text)
	text = withoutTags(text)
	for range 2 { // entities are escaped twice at times
		text = html.UnescapeString(text)
	}
	return text
}

var escapes = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", `\r`, "\n", `\u003c`, "<", `\u003C`, "<", `\x3c`, "<", `\x3C`, "<")

// lineTags are the tags that end a line of text.
var lineTags = []string{"br", "p", "div", "pre", "tr", "td", "li", "span", "code", "b", "textarea"}

// withoutTags puts an end of line in the place of tags. A zone has fillers, but
// nothing that closes a tag.
func withoutTags(text string) string {
	var b strings.Builder
	for {
		closing := strings.IndexByte(text, '>')
		if closing < 0 {
			b.WriteString(text)
			return b.String()
		}
		opening := strings.LastIndexByte(text[:closing], '<')
		if opening < 0 || !isLineTag(text[opening+1:closing]) {
			b.WriteString(text[:closing+1])
		} else {
			b.WriteString(text[:opening])
			b.WriteByte('\n')
		}
		text = text[closing+1:]
	}
}

func isLineTag(inside string) bool {
	name, _, _ := strings.Cut(strings.Trim(inside, "/ "), " ")
	for _, tag := range lineTags {
		if strings.EqualFold(name, tag) {
			return true
		}
	}
	return false
}

// unmask writes fillers for what stands in their place, letters and digits for
// those of full width, and leaves out what has no width.
func unmask(l, guillemet string) string {
	var b strings.Builder
	for _, r := range l {
		switch {
		case r == '«' || r == '»':
			b.WriteString(guillemet)
		case r == '‹' || r == '›' || r == '＜' || r == '〈' || r == '⟨' || r == '˂' || r == '❮' || r == '≤':
			b.WriteByte('<')
		case r >= '！' && r <= '～':
			b.WriteRune(r - '！' + '!')
		case r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' || r == '\u00ad' || r == '\u2060':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
