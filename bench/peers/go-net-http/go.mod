module bench/go-net-http

go 1.24.0
