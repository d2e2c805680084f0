package main

import (
	"fmt"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// expressions are those of one entry of healthCheckExprs.
type expressions struct {
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
	Current    string `json:"current"`
}

// byCEL follows RFC 0009 of Flux: a generation that nobody has observed is in progress; then inProgress, failed and current are asked, in
// this order; and what none of them is true of is in progress.
func byCEL(object *unstructured.Unstructured, asked expressions) (answer, error) {
	observed, isThere, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if err != nil {
		return answer{}, err
	}
	if isThere && observed != object.GetGeneration() {
		return answer{Status: status.InProgressStatus.String()}, nil
	}
	for _, each := range []struct {
		expression string
		status     status.Status
	}{
		{asked.InProgress, status.InProgressStatus},
		{asked.Failed, status.FailedStatus},
		{asked.Current, status.CurrentStatus},
	} {
		if each.expression == "" {
			continue
		}
		isTrue, err := evaluate(each.expression, object.Object)
		if err != nil {
			return answer{}, err
		}
		if isTrue {
			return answer{Status: each.status.String()}, nil
		}
	}
	return answer{Status: status.InProgressStatus.String()}, nil
}

// evaluate parses without types, as Flux does: the top-level fields of the object are the variables.
func evaluate(expression string, object map[string]any) (bool, error) {
	env, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		ext.Strings(),
		ext.Sets(),
		ext.Encoders(),
	)
	if err != nil {
		return false, err
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	program, err := env.Program(parsed)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return false, err
	}
	isTrue, ok := value.Value().(bool)
	if !ok {
		return false, fmt.Errorf("%s is neither true nor false", expression)
	}
	return isTrue, nil
}
