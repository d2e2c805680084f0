package main

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What Argo CD lets a health check use: no string, math or io.
var libraries = []struct {
	name string
	open lua.LGFunction
}{
	{lua.LoadLibName, lua.OpenPackage},
	{lua.BaseLibName, lua.OpenBase},
	{lua.TabLibName, lua.OpenTable},
}

// What Argo CD takes for an answer.
var healths = map[string]bool{
	"Healthy": true, "Progressing": true, "Degraded": true, "Suspended": true, "Missing": true, "Unknown": true,
}

// byLua runs a health check as Argo CD does: the object is the global obj, and the script returns a table.
func byLua(object *unstructured.Unstructured, script string) (answer, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range libraries {
		call := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return answer{}, err
		}
	}
	// Argo CD gives a second. A busy test machine may need more, and a loop without end does not.
	limited, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	state.SetContext(limited)
	state.SetGlobal("obj", toLua(state, object.Object))
	if err := state.DoString(script); err != nil {
		return answer{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return answer{}, fmt.Errorf("a health check returns a table, not %s", state.Get(-1).Type())
	}
	status, message := table.RawGetString("status").String(), table.RawGetString("message")
	if !healths[status] {
		return answer{}, fmt.Errorf("%q is no health", status)
	}
	if message.Type() != lua.LTString {
		return answer{}, fmt.Errorf("the message is %s", message.Type())
	}
	return answer{Status: status, Message: message.String()}, nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch is := value.(type) {
	case bool:
		return lua.LBool(is)
	case string:
		return lua.LString(is)
	case int64:
		return lua.LNumber(is)
	case float64:
		return lua.LNumber(is)
	case []any:
		list := state.CreateTable(len(is), 0)
		for _, item := range is {
			list.Append(toLua(state, item))
		}
		return list
	case map[string]any:
		table := state.CreateTable(0, len(is))
		for name, member := range is {
			table.RawSetString(name, toLua(state, member))
		}
		return table
	}
	return lua.LNil
}
