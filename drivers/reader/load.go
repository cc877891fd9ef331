package reader

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed profiles/*.toml
var builtIn embed.FS

// maxData is the most data bytes that any profile may allow in a frame. It
// bounds what a framer holds.
const maxData = 1024

// Profiles returns the names of the built-in profiles, sorted.
func Profiles() []string {
	files, _ := fs.Glob(builtIn, "profiles/*.toml") // the pattern is a constant, and a good one
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(path.Base(f), ".toml"))
	}
	return names
}

// Load returns a built-in profile. For a name that there is not, errors.Is
// says fs.ErrNotExist.
func Load(name string) (Profile, error) {
	data, err := builtIn.ReadFile("profiles/" + name + ".toml")
	if err != nil {
		return Profile{}, fmt.Errorf("load reader profile %q: %w; there are %s",
			name, fs.ErrNotExist, strings.Join(Profiles(), ", "))
	}
	return ParseProfile(data)
}

// ParseProfile returns the profile that a TOML text holds. It refuses a key
// that it does not know, and a value that cannot be used. What the text leaves
// out of [line] is 9600 8N1, of [frame] what most readers have.
func ParseProfile(data []byte) (Profile, error) {
	p := Profile{
		Line:  Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1},
		Frame: Framing{Max: maxData, IdleMS: 200, Align: "top"},
	}
	meta, err := toml.Decode(string(data), &p)
	if err != nil {
		return Profile{}, fmt.Errorf("parse reader profile: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Profile{}, fmt.Errorf("parse reader profile %q: %w", p.Name, &SettingError{unknown[0].String(), "no such setting"})
	}
	if p.Name == "" {
		return Profile{}, fmt.Errorf("parse reader profile: %w", &SettingError{"name", "is missing"})
	}
	if p.Frame.Separator == "" {
		p.Frame.Separator = separators[p.Frame.Kind]
	}
	if err := p.Validate(); err != nil {
		return Profile{}, fmt.Errorf("parse reader profile: %w", err)
	}
	return p, nil
}
