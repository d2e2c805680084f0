// Command judge answers what GitOps tools make of objects. It reads questions as a JSON list on standard input, and writes the answers in
// the same order.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// question is about one object. Which of the other fields are read depends on what is asked.
type question struct {
	Ask         string          `json:"ask"`
	Object      json.RawMessage `json:"object"`
	Script      string          `json:"script"`
	Expressions expressions     `json:"expressions"`
	Target      json.RawMessage `json:"target"`
	Paths       []string        `json:"paths"`
}

// answer has an error where the tool itself could not tell.
type answer struct {
	Status  string          `json:"status,omitempty"`
	Message string          `json:"message,omitempty"`
	Object  json.RawMessage `json:"object,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]answer, 0, len(questions))
	for _, asked := range questions {
		given, err := judge(asked)
		if err != nil {
			given = answer{Error: err.Error()}
		}
		answers = append(answers, given)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(asked question) (answer, error) {
	if asked.Ask == "respect" {
		return respect(asked.Object, asked.Target, asked.Paths)
	}
	// As the API server's clients read it: whole numbers stay whole.
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return answer{}, err
	}
	switch asked.Ask {
	case "kstatus":
		return byKstatus(object)
	case "lua":
		return byLua(object, asked.Script)
	case "cel":
		return byCEL(object, asked.Expressions)
	}
	return answer{}, fmt.Errorf("nobody answers %q", asked.Ask)
}
