module bench/go-client

go 1.24.0
