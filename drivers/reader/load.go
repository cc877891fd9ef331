package reader

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"portcullis/drivers/reader/wire"
)

//go:embed profiles/*.toml
var builtIn embed.FS

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

// LoadFrom returns the profile of a name in a folder of the operator's own, or the
// built-in one where there is none. An empty folder name is no folder.
func LoadFrom(folder, name string) (Profile, error) {
	if folder == "" || name != filepath.Base(name) {
		return Load(name)
	}
	file := filepath.Join(folder, name+".toml")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Load(name)
	}
	if err != nil {
		return Profile{}, fmt.Errorf("load reader profile %q: %w", name, err)
	}
	p, err := ParseProfile(data)
	if err == nil && p.Name != name {
		err = &wire.SettingError{Key: "name", Cause: fmt.Sprintf("is %q, and the file's is %q", p.Name, name)}
	}
	if err != nil {
		return Profile{}, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// ProfilesIn returns the names of the profiles that LoadFrom knows, sorted.
func ProfilesIn(folder string) []string {
	names := Profiles()
	if folder == "" {
		return names
	}
	own, _ := filepath.Glob(filepath.Join(folder, "*.toml")) // the pattern is a good one, unless the folder is none
	for _, f := range own {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".toml"))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ParseProfile returns the profile that a TOML text holds. It refuses a key
// that it does not know, and a value that cannot be used. What the text leaves
// out of [line] is 9600 8N1, of [frame] what most readers of the family have.
func ParseProfile(data []byte) (Profile, error) {
	p := Profile{Link: "serial", Zone: Zone{Align: "top"}}
	meta, err := toml.Decode(string(data), &p)
	if err != nil {
		return Profile{}, fmt.Errorf("parse reader profile: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Profile{}, fmt.Errorf("parse reader profile %q: %w", p.Name, &wire.SettingError{Key: unknown[0].String(), Cause: "no such setting"})
	}
	if p.Name == "" {
		return Profile{}, fmt.Errorf("parse reader profile: %w", &wire.SettingError{Key: "name", Cause: "is missing"})
	}
	p.Frame = p.Frame.WithDefaults()
	if p.Link == "serial" {
		p.Line = p.Line.withDefaults()
	}
	if err := p.Validate(); err != nil {
		return Profile{}, fmt.Errorf("parse reader profile: %w", err)
	}
	return p, nil
}
