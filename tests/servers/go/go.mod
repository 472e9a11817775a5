module tests/servers

go 1.19
