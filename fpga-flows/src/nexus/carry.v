// Carry cells whose carry input is a constant. The cell that starts a chain (first half propagates, second half
// generates A1) does not look at its carry input: it is left open. Any other cell gets such a cell before it.
module CCU2 (
  input CIN, A1, B1, C1, D1, A0, B0, C0, D0,
  output S1, S0, COUT
);
  parameter INJECT = "YES";
  parameter INIT0 = "0x0000";
  parameter INIT1 = "0x1111";
  parameter _TECHMAP_CONSTMSK_CIN_ = 1'b0;
  parameter _TECHMAP_CONSTVAL_CIN_ = 1'b0;
  wire _TECHMAP_FAIL_ = _TECHMAP_CONSTMSK_CIN_ != 1'b1;
  generate
    if (INIT0 == "0xFFFF" && INIT1 == "0x00AA" && INJECT == "NO") begin
      CCU2 #(.INJECT("NO"), .INIT0(INIT0), .INIT1(INIT1)) _TECHMAP_REPLACE_ (
        .A0(A0), .B0(B0), .C0(C0), .D0(D0), .A1(A1), .B1(B1), .C1(C1), .D1(D1),
        .S0(S0), .S1(S1), .COUT(COUT)
      );
    end else begin
      wire carry;
      CCU2 #(.INJECT("NO"), .INIT0("0xFFFF"), .INIT1("0x00AA")) start (
        .A0(1'b1), .B0(1'b1), .C0(1'b1), .D0(1'b1),
        .A1(_TECHMAP_CONSTVAL_CIN_), .B1(1'b1), .C1(1'b1), .D1(1'b1), .COUT(carry)
      );
      CCU2 #(.INJECT(INJECT), .INIT0(INIT0), .INIT1(INIT1)) _TECHMAP_REPLACE_ (
        .A0(A0), .B0(B0), .C0(C0), .D0(D0), .A1(A1), .B1(B1), .C1(C1), .D1(D1),
        .CIN(carry), .S0(S0), .S1(S1), .COUT(COUT)
      );
    end
  endgenerate
endmodule
