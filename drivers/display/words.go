package display

import (
	"maps"
	"slices"

	"portcullis/drivers"
)

// Default are the languages of a display that names none.
func Default() []string { return []string{"en", "fr", "es"} }

// Languages returns the languages that there are words in.
func Languages() []string { return slices.Sorted(maps.Keys(words)) }

// words are two lines of ten letters at most, by language and message.
var words = map[string]map[drivers.Message][2]string{
	"de": {
		drivers.MessageClosed:  {"Spur", "gesperrt"},
		drivers.MessagePresent: {"Dokument", "vorlegen"},
		drivers.MessageWait:    {"Bitte", "warten"},
		drivers.MessageAgain:   {"Nochmals", "vorlegen"},
		drivers.MessageProceed: {"Bitte", "weiter"},
		drivers.MessageOfficer: {"Bitte zum", "Beamten"},
	},
	"en": {
		drivers.MessageClosed:  {"Lane", "closed"},
		drivers.MessagePresent: {"Present", "document"},
		drivers.MessageWait:    {"Please", "wait"},
		drivers.MessageAgain:   {"Present", "again"},
		drivers.MessageProceed: {"Please", "proceed"},
		drivers.MessageOfficer: {"See an", "officer"},
	},
	"es": {
		drivers.MessageClosed:  {"Paso", "cerrado"},
		drivers.MessagePresent: {"Presente", "documento"},
		drivers.MessageWait:    {"Espere,", "por favor"},
		drivers.MessageAgain:   {"Presente", "de nuevo"},
		drivers.MessageProceed: {"Avance,", "por favor"},
		drivers.MessageOfficer: {"Diríjase a", "un agente"},
	},
	"fr": {
		drivers.MessageClosed:  {"Passage", "fermé"},
		drivers.MessagePresent: {"Présenter", "document"},
		drivers.MessageWait:    {"Veuillez", "patienter"},
		drivers.MessageAgain:   {"Présenter", "à nouveau"},
		drivers.MessageProceed: {"Veuillez", "avancer"},
		drivers.MessageOfficer: {"Voir un", "agent"},
	},
	"it": {
		drivers.MessageClosed:  {"Varco", "chiuso"},
		drivers.MessagePresent: {"Presentare", "documento"},
		drivers.MessageWait:    {"Attendere,", "prego"},
		drivers.MessageAgain:   {"Presentare", "di nuovo"},
		drivers.MessageProceed: {"Avanti,", "prego"},
		drivers.MessageOfficer: {"Vada da", "un agente"},
	},
	"pt": {
		drivers.MessageClosed:  {"Passagem", "fechada"},
		drivers.MessagePresent: {"Apresente", "documento"},
		drivers.MessageWait:    {"Aguarde,", "por favor"},
		drivers.MessageAgain:   {"Apresente", "de novo"},
		drivers.MessageProceed: {"Avance,", "por favor"},
		drivers.MessageOfficer: {"Fale com", "um agente"},
	},
}
