package reader

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Setting is one setting that a profile makes, and where it is from.
type Setting struct {
	Key    string `json:"key"`              // such as "frame.max"
	Value  string `json:"value"`            // as a person reads it
	Source string `json:"source,omitempty"` // the document that gives it; "" where it is our default
}

// Settings returns the settings that a profile makes, in the order of its parts.
func (p Profile) Settings() []Setting {
	var made []Setting
	for _, f := range settingsOf(reflect.ValueOf(p), "") {
		if !f.value.IsZero() {
			made = append(made, Setting{Key: f.key, Value: shown(f.value), Source: p.source(f.key)})
		}
	}
	return made
}

// Set names the settings that a profile makes.
func (p Profile) Set() (names []string) {
	for _, s := range p.Settings() {
		names = append(names, s.Key)
	}
	return names
}

// source returns the document that a setting was taken from, or "".
func (p Profile) source(key string) string {
	for _, s := range p.Sources {
		if slices.Contains(s.Keys, key) {
			return s.Text
		}
	}
	return ""
}

// isSetting reports whether there is a setting of that name.
func isSetting(name string) bool {
	return slices.ContainsFunc(settingsOf(reflect.ValueOf(Profile{}), ""), func(f field) bool { return f.key == name })
}

// A field is a setting in a struct.
type field struct {
	key   string
	value reflect.Value
}

// settingsOf returns the settings in a struct by their names, as sources and
// defaults have them.
func settingsOf(v reflect.Value, prefix string) (all []field) {
	for i := range v.NumField() {
		of := v.Type().Field(i)
		name, value := of.Tag.Get("toml"), v.Field(i)
		switch {
		case prefix == "" && slices.Contains([]string{"name", "title", "sources", "defaults"}, name):
		case of.Anonymous:
			all = append(all, settingsOf(value, prefix)...)
		case value.Kind() == reflect.Struct:
			all = append(all, settingsOf(value, prefix+name+".")...)
		default:
			all = append(all, field{prefix + name, value})
		}
	}
	return all
}

// shown returns a value as a profile has it, in one line.
func shown(v reflect.Value) string {
	switch {
	case v.Type() == reflect.TypeFor[Bytes]():
		return v.Interface().(Bytes).String()
	case v.Kind() == reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, shown(v.Index(i)))
		}
		return strings.Join(all, ", ")
	case v.Kind() == reflect.Struct:
		var all []string
		for _, f := range settingsOf(v, "") {
			if !f.value.IsZero() {
				all = append(all, f.key+" "+shown(f.value))
			}
		}
		return strings.Join(all, " ")
	case v.Kind() == reflect.String:
		return v.String()
	}
	return fmt.Sprint(v.Interface())
}

// String returns bytes as a profile writes them, in quotes.
func (b Bytes) String() string {
	quoted := strconv.QuoteToASCII(string(b))
	return "'" + strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) + "'"
}
