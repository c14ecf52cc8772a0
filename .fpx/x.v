// fpmul_e4m3_comb: Product of two e4m3fn, rounded to e4m3fn
//
// Parameters
//   we          4
//   wf          3
//   format      e4m3fn
//   encoding    fn
//   a-format    e4m3fn
//   b-format    e4m3fn
//   out         e4m3fn
//   round       rne
//   saturation  satfinite
//   subnormals  on
//   specials    on
//   arch        fused
//
// Semantics
//   r is a*b, rounded once to e4m3fn (rne); an overflow becomes the largest finite number, and so
//   do infinities. A NaN operand and 0 * infinity make it NaN. A zero product has the product of
//   the signs where e4m3fn has minus zero.
//
// Combinational: no clock, no state.
//
// Ports
//   a  in   8  Operand, e4m3fn
//   b  in   8  Operand, e4m3fn
//   r  out  8  Product, e4m3fn
//
// Written by holigen 0.1.0. To write it again:
//   $ holigen fpmul --freq 0 --tb none --check none
// This text is yours: holigen's licence does not extend to what it writes.
module fpmul_e4m3_comb (
  input  wire [7:0] a,
  input  wire [7:0] b,
  output wire [7:0] r
);

  function [2:0] subnormal_fraction_3;
    input [2:0] index;
    case (index)
      3'h0: subnormal_fraction_3 = 3'h0;
      3'h1: subnormal_fraction_3 = 3'h0;
      3'h2: subnormal_fraction_3 = 3'h0;
      3'h3: subnormal_fraction_3 = 3'h4;
      3'h4: subnormal_fraction_3 = 3'h0;
      3'h5: subnormal_fraction_3 = 3'h2;
      3'h6: subnormal_fraction_3 = 3'h4;
      3'h7: subnormal_fraction_3 = 3'h6;
      default: subnormal_fraction_3 = 3'bx;
    endcase
  endfunction

  function [4:0] subnormal_exponent_3_28_5;
    input [2:0] index;
    case (index)
      3'h0: subnormal_exponent_3_28_5 = 5'h10;
      3'h1: subnormal_exponent_3_28_5 = 5'h1a;
      3'h2: subnormal_exponent_3_28_5 = 5'h1b;
      3'h3: subnormal_exponent_3_28_5 = 5'h1b;
      3'h4: subnormal_exponent_3_28_5 = 5'h1c;
      3'h5: subnormal_exponent_3_28_5 = 5'h1c;
      3'h6: subnormal_exponent_3_28_5 = 5'h1c;
      3'h7: subnormal_exponent_3_28_5 = 5'h1c;
      default: subnormal_exponent_3_28_5 = 5'bx;
    endcase
  endfunction

  function [4:0] exponent_offset_4_28_5;
    input [3:0] index;
    case (index)
      4'h0: exponent_offset_4_28_5 = 5'h1c;
      4'h1: exponent_offset_4_28_5 = 5'h1d;
      4'h2: exponent_offset_4_28_5 = 5'h1e;
      4'h3: exponent_offset_4_28_5 = 5'h1f;
      4'h4: exponent_offset_4_28_5 = 5'h00;
      4'h5: exponent_offset_4_28_5 = 5'h01;
      4'h6: exponent_offset_4_28_5 = 5'h02;
      4'h7: exponent_offset_4_28_5 = 5'h03;
      4'h8: exponent_offset_4_28_5 = 5'h04;
      4'h9: exponent_offset_4_28_5 = 5'h05;
      4'ha: exponent_offset_4_28_5 = 5'h06;
      4'hb: exponent_offset_4_28_5 = 5'h07;
      4'hc: exponent_offset_4_28_5 = 5'h08;
      4'hd: exponent_offset_4_28_5 = 5'h09;
      4'he: exponent_offset_4_28_5 = 5'h0a;
      4'hf: exponent_offset_4_28_5 = 5'h0b;
      default: exponent_offset_4_28_5 = 5'bx;
    endcase
  endfunction

  function [4:0] subnormal_exponent_3_29_5;
    input [2:0] index;
    case (index)
      3'h0: subnormal_exponent_3_29_5 = 5'h10;
      3'h1: subnormal_exponent_3_29_5 = 5'h1b;
      3'h2: subnormal_exponent_3_29_5 = 5'h1c;
      3'h3: subnormal_exponent_3_29_5 = 5'h1c;
      3'h4: subnormal_exponent_3_29_5 = 5'h1d;
      3'h5: subnormal_exponent_3_29_5 = 5'h1d;
      3'h6: subnormal_exponent_3_29_5 = 5'h1d;
      3'h7: subnormal_exponent_3_29_5 = 5'h1d;
      default: subnormal_exponent_3_29_5 = 5'bx;
    endcase
  endfunction

  function [4:0] exponent_offset_4_29_5;
    input [3:0] index;
    case (index)
      4'h0: exponent_offset_4_29_5 = 5'h1d;
      4'h1: exponent_offset_4_29_5 = 5'h1e;
      4'h2: exponent_offset_4_29_5 = 5'h1f;
      4'h3: exponent_offset_4_29_5 = 5'h00;
      4'h4: exponent_offset_4_29_5 = 5'h01;
      4'h5: exponent_offset_4_29_5 = 5'h02;
      4'h6: exponent_offset_4_29_5 = 5'h03;
      4'h7: exponent_offset_4_29_5 = 5'h04;
      4'h8: exponent_offset_4_29_5 = 5'h05;
      4'h9: exponent_offset_4_29_5 = 5'h06;
      4'ha: exponent_offset_4_29_5 = 5'h07;
      4'hb: exponent_offset_4_29_5 = 5'h08;
      4'hc: exponent_offset_4_29_5 = 5'h09;
      4'hd: exponent_offset_4_29_5 = 5'h0a;
      4'he: exponent_offset_4_29_5 = 5'h0b;
      4'hf: exponent_offset_4_29_5 = 5'h0c;
      default: exponent_offset_4_29_5 = 5'bx;
    endcase
  endfunction

  function grows;
    input [5:0] index;
    case (index)
      6'h00: grows = 1'b0;
      6'h01: grows = 1'b0;
      6'h02: grows = 1'b0;
      6'h03: grows = 1'b0;
      6'h04: grows = 1'b0;
      6'h05: grows = 1'b0;
      6'h06: grows = 1'b0;
      6'h07: grows = 1'b0;
      6'h08: grows = 1'b0;
      6'h09: grows = 1'b0;
      6'h0a: grows = 1'b0;
      6'h0b: grows = 1'b0;
      6'h0c: grows = 1'b0;
      6'h0d: grows = 1'b0;
      6'h0e: grows = 1'b1;
      6'h0f: grows = 1'b1;
      6'h10: grows = 1'b0;
      6'h11: grows = 1'b0;
      6'h12: grows = 1'b0;
      6'h13: grows = 1'b0;
      6'h14: grows = 1'b0;
      6'h15: grows = 1'b1;
      6'h16: grows = 1'b1;
      6'h17: grows = 1'b1;
      6'h18: grows = 1'b0;
      6'h19: grows = 1'b0;
      6'h1a: grows = 1'b0;
      6'h1b: grows = 1'b0;
      6'h1c: grows = 1'b1;
      6'h1d: grows = 1'b1;
      6'h1e: grows = 1'b1;
      6'h1f: grows = 1'b1;
      6'h20: grows = 1'b0;
      6'h21: grows = 1'b0;
      6'h22: grows = 1'b0;
      6'h23: grows = 1'b1;
      6'h24: grows = 1'b1;
      6'h25: grows = 1'b1;
      6'h26: grows = 1'b1;
      6'h27: grows = 1'b1;
      6'h28: grows = 1'b0;
      6'h29: grows = 1'b0;
      6'h2a: grows = 1'b1;
      6'h2b: grows = 1'b1;
      6'h2c: grows = 1'b1;
      6'h2d: grows = 1'b1;
      6'h2e: grows = 1'b1;
      6'h2f: grows = 1'b1;
      6'h30: grows = 1'b0;
      6'h31: grows = 1'b1;
      6'h32: grows = 1'b1;
      6'h33: grows = 1'b1;
      6'h34: grows = 1'b1;
      6'h35: grows = 1'b1;
      6'h36: grows = 1'b1;
      6'h37: grows = 1'b1;
      6'h38: grows = 1'b0;
      6'h39: grows = 1'b1;
      6'h3a: grows = 1'b1;
      6'h3b: grows = 1'b1;
      6'h3c: grows = 1'b1;
      6'h3d: grows = 1'b1;
      6'h3e: grows = 1'b1;
      6'h3f: grows = 1'b1;
      default: grows = 1'bx;
    endcase
  endfunction

  function [2:0] normal_fraction;
    input [5:0] index;
    case (index)
      6'h00: normal_fraction = 3'h0;
      6'h01: normal_fraction = 3'h1;
      6'h02: normal_fraction = 3'h2;
      6'h03: normal_fraction = 3'h3;
      6'h04: normal_fraction = 3'h4;
      6'h05: normal_fraction = 3'h5;
      6'h06: normal_fraction = 3'h6;
      6'h07: normal_fraction = 3'h7;
      6'h08: normal_fraction = 3'h1;
      6'h09: normal_fraction = 3'h2;
      6'h0a: normal_fraction = 3'h3;
      6'h0b: normal_fraction = 3'h4;
      6'h0c: normal_fraction = 3'h6;
      6'h0d: normal_fraction = 3'h7;
      6'h0e: normal_fraction = 3'h0;
      6'h0f: normal_fraction = 3'h0;
      6'h10: normal_fraction = 3'h2;
      6'h11: normal_fraction = 3'h3;
      6'h12: normal_fraction = 3'h4;
      6'h13: normal_fraction = 3'h6;
      6'h14: normal_fraction = 3'h7;
      6'h15: normal_fraction = 3'h0;
      6'h16: normal_fraction = 3'h1;
      6'h17: normal_fraction = 3'h1;
      6'h18: normal_fraction = 3'h3;
      6'h19: normal_fraction = 3'h4;
      6'h1a: normal_fraction = 3'h6;
      6'h1b: normal_fraction = 3'h7;
      6'h1c: normal_fraction = 3'h0;
      6'h1d: normal_fraction = 3'h1;
      6'h1e: normal_fraction = 3'h2;
      6'h1f: normal_fraction = 3'h2;
      6'h20: normal_fraction = 3'h4;
      6'h21: normal_fraction = 3'h6;
      6'h22: normal_fraction = 3'h7;
      6'h23: normal_fraction = 3'h0;
      6'h24: normal_fraction = 3'h1;
      6'h25: normal_fraction = 3'h2;
      6'h26: normal_fraction = 3'h2;
      6'h27: normal_fraction = 3'h3;
      6'h28: normal_fraction = 3'h5;
      6'h29: normal_fraction = 3'h7;
      6'h2a: normal_fraction = 3'h0;
      6'h2b: normal_fraction = 3'h1;
      6'h2c: normal_fraction = 3'h2;
      6'h2d: normal_fraction = 3'h3;
      6'h2e: normal_fraction = 3'h3;
      6'h2f: normal_fraction = 3'h4;
      6'h30: normal_fraction = 3'h6;
      6'h31: normal_fraction = 3'h0;
      6'h32: normal_fraction = 3'h1;
      6'h33: normal_fraction = 3'h2;
      6'h34: normal_fraction = 3'h2;
      6'h35: normal_fraction = 3'h3;
      6'h36: normal_fraction = 3'h4;
      6'h37: normal_fraction = 3'h5;
      6'h38: normal_fraction = 3'h7;
      6'h39: normal_fraction = 3'h0;
      6'h3a: normal_fraction = 3'h1;
      6'h3b: normal_fraction = 3'h2;
      6'h3c: normal_fraction = 3'h3;
      6'h3d: normal_fraction = 3'h4;
      6'h3e: normal_fraction = 3'h5;
      6'h3f: normal_fraction = 3'h6;
      default: normal_fraction = 3'bx;
    endcase
  endfunction

  function [3:0] subnormal_result_0;
    input [5:0] index;
    case (index)
      6'h00: subnormal_result_0 = 4'h4;
      6'h01: subnormal_result_0 = 4'h4;
      6'h02: subnormal_result_0 = 4'h5;
      6'h03: subnormal_result_0 = 4'h6;
      6'h04: subnormal_result_0 = 4'h6;
      6'h05: subnormal_result_0 = 4'h6;
      6'h06: subnormal_result_0 = 4'h7;
      6'h07: subnormal_result_0 = 4'h8;
      6'h08: subnormal_result_0 = 4'h4;
      6'h09: subnormal_result_0 = 4'h5;
      6'h0a: subnormal_result_0 = 4'h6;
      6'h0b: subnormal_result_0 = 4'h6;
      6'h0c: subnormal_result_0 = 4'h7;
      6'h0d: subnormal_result_0 = 4'h7;
      6'h0e: subnormal_result_0 = 4'h4;
      6'h0f: subnormal_result_0 = 4'h4;
      6'h10: subnormal_result_0 = 4'h5;
      6'h11: subnormal_result_0 = 4'h6;
      6'h12: subnormal_result_0 = 4'h6;
      6'h13: subnormal_result_0 = 4'h7;
      6'h14: subnormal_result_0 = 4'h8;
      6'h15: subnormal_result_0 = 4'h4;
      6'h16: subnormal_result_0 = 4'h4;
      6'h17: subnormal_result_0 = 4'h5;
      6'h18: subnormal_result_0 = 4'h6;
      6'h19: subnormal_result_0 = 4'h6;
      6'h1a: subnormal_result_0 = 4'h7;
      6'h1b: subnormal_result_0 = 4'h8;
      6'h1c: subnormal_result_0 = 4'h4;
      6'h1d: subnormal_result_0 = 4'h4;
      6'h1e: subnormal_result_0 = 4'h5;
      6'h1f: subnormal_result_0 = 4'h5;
      6'h20: subnormal_result_0 = 4'h6;
      6'h21: subnormal_result_0 = 4'h7;
      6'h22: subnormal_result_0 = 4'h8;
      6'h23: subnormal_result_0 = 4'h4;
      6'h24: subnormal_result_0 = 4'h4;
      6'h25: subnormal_result_0 = 4'h5;
      6'h26: subnormal_result_0 = 4'h5;
      6'h27: subnormal_result_0 = 4'h6;
      6'h28: subnormal_result_0 = 4'h6;
      6'h29: subnormal_result_0 = 4'h7;
      6'h2a: subnormal_result_0 = 4'h4;
      6'h2b: subnormal_result_0 = 4'h4;
      6'h2c: subnormal_result_0 = 4'h5;
      6'h2d: subnormal_result_0 = 4'h5;
      6'h2e: subnormal_result_0 = 4'h6;
      6'h2f: subnormal_result_0 = 4'h6;
      6'h30: subnormal_result_0 = 4'h7;
      6'h31: subnormal_result_0 = 4'h4;
      6'h32: subnormal_result_0 = 4'h4;
      6'h33: subnormal_result_0 = 4'h5;
      6'h34: subnormal_result_0 = 4'h5;
      6'h35: subnormal_result_0 = 4'h6;
      6'h36: subnormal_result_0 = 4'h6;
      6'h37: subnormal_result_0 = 4'h7;
      6'h38: subnormal_result_0 = 4'h8;
      6'h39: subnormal_result_0 = 4'h4;
      6'h3a: subnormal_result_0 = 4'h5;
      6'h3b: subnormal_result_0 = 4'h5;
      6'h3c: subnormal_result_0 = 4'h6;
      6'h3d: subnormal_result_0 = 4'h6;
      6'h3e: subnormal_result_0 = 4'h7;
      6'h3f: subnormal_result_0 = 4'h7;
      default: subnormal_result_0 = 4'bx;
    endcase
  endfunction

  function [2:0] subnormal_result_1;
    input [5:0] index;
    case (index)
      6'h00: subnormal_result_1 = 3'h2;
      6'h01: subnormal_result_1 = 3'h2;
      6'h02: subnormal_result_1 = 3'h2;
      6'h03: subnormal_result_1 = 3'h3;
      6'h04: subnormal_result_1 = 3'h3;
      6'h05: subnormal_result_1 = 3'h3;
      6'h06: subnormal_result_1 = 3'h4;
      6'h07: subnormal_result_1 = 3'h4;
      6'h08: subnormal_result_1 = 3'h2;
      6'h09: subnormal_result_1 = 3'h3;
      6'h0a: subnormal_result_1 = 3'h3;
      6'h0b: subnormal_result_1 = 3'h3;
      6'h0c: subnormal_result_1 = 3'h3;
      6'h0d: subnormal_result_1 = 3'h4;
      6'h0e: subnormal_result_1 = 3'h2;
      6'h0f: subnormal_result_1 = 3'h2;
      6'h10: subnormal_result_1 = 3'h2;
      6'h11: subnormal_result_1 = 3'h3;
      6'h12: subnormal_result_1 = 3'h3;
      6'h13: subnormal_result_1 = 3'h3;
      6'h14: subnormal_result_1 = 3'h4;
      6'h15: subnormal_result_1 = 3'h2;
      6'h16: subnormal_result_1 = 3'h2;
      6'h17: subnormal_result_1 = 3'h2;
      6'h18: subnormal_result_1 = 3'h3;
      6'h19: subnormal_result_1 = 3'h3;
      6'h1a: subnormal_result_1 = 3'h3;
      6'h1b: subnormal_result_1 = 3'h4;
      6'h1c: subnormal_result_1 = 3'h2;
      6'h1d: subnormal_result_1 = 3'h2;
      6'h1e: subnormal_result_1 = 3'h2;
      6'h1f: subnormal_result_1 = 3'h3;
      6'h20: subnormal_result_1 = 3'h3;
      6'h21: subnormal_result_1 = 3'h3;
      6'h22: subnormal_result_1 = 3'h4;
      6'h23: subnormal_result_1 = 3'h2;
      6'h24: subnormal_result_1 = 3'h2;
      6'h25: subnormal_result_1 = 3'h2;
      6'h26: subnormal_result_1 = 3'h3;
      6'h27: subnormal_result_1 = 3'h3;
      6'h28: subnormal_result_1 = 3'h3;
      6'h29: subnormal_result_1 = 3'h4;
      6'h2a: subnormal_result_1 = 3'h2;
      6'h2b: subnormal_result_1 = 3'h2;
      6'h2c: subnormal_result_1 = 3'h2;
      6'h2d: subnormal_result_1 = 3'h3;
      6'h2e: subnormal_result_1 = 3'h3;
      6'h2f: subnormal_result_1 = 3'h3;
      6'h30: subnormal_result_1 = 3'h4;
      6'h31: subnormal_result_1 = 3'h2;
      6'h32: subnormal_result_1 = 3'h2;
      6'h33: subnormal_result_1 = 3'h2;
      6'h34: subnormal_result_1 = 3'h3;
      6'h35: subnormal_result_1 = 3'h3;
      6'h36: subnormal_result_1 = 3'h3;
      6'h37: subnormal_result_1 = 3'h3;
      6'h38: subnormal_result_1 = 3'h4;
      6'h39: subnormal_result_1 = 3'h2;
      6'h3a: subnormal_result_1 = 3'h2;
      6'h3b: subnormal_result_1 = 3'h3;
      6'h3c: subnormal_result_1 = 3'h3;
      6'h3d: subnormal_result_1 = 3'h3;
      6'h3e: subnormal_result_1 = 3'h3;
      6'h3f: subnormal_result_1 = 3'h4;
      default: subnormal_result_1 = 3'bx;
    endcase
  endfunction

  function [1:0] subnormal_result_2;
    input [5:0] index;
    case (index)
      6'h00: subnormal_result_2 = 2'h1;
      6'h01: subnormal_result_2 = 2'h1;
      6'h02: subnormal_result_2 = 2'h1;
      6'h03: subnormal_result_2 = 2'h1;
      6'h04: subnormal_result_2 = 2'h2;
      6'h05: subnormal_result_2 = 2'h2;
      6'h06: subnormal_result_2 = 2'h2;
      6'h07: subnormal_result_2 = 2'h2;
      6'h08: subnormal_result_2 = 2'h1;
      6'h09: subnormal_result_2 = 2'h1;
      6'h0a: subnormal_result_2 = 2'h1;
      6'h0b: subnormal_result_2 = 2'h2;
      6'h0c: subnormal_result_2 = 2'h2;
      6'h0d: subnormal_result_2 = 2'h2;
      6'h0e: subnormal_result_2 = 2'h1;
      6'h0f: subnormal_result_2 = 2'h1;
      6'h10: subnormal_result_2 = 2'h1;
      6'h11: subnormal_result_2 = 2'h1;
      6'h12: subnormal_result_2 = 2'h2;
      6'h13: subnormal_result_2 = 2'h2;
      6'h14: subnormal_result_2 = 2'h2;
      6'h15: subnormal_result_2 = 2'h1;
      6'h16: subnormal_result_2 = 2'h1;
      6'h17: subnormal_result_2 = 2'h1;
      6'h18: subnormal_result_2 = 2'h1;
      6'h19: subnormal_result_2 = 2'h2;
      6'h1a: subnormal_result_2 = 2'h2;
      6'h1b: subnormal_result_2 = 2'h2;
      6'h1c: subnormal_result_2 = 2'h1;
      6'h1d: subnormal_result_2 = 2'h1;
      6'h1e: subnormal_result_2 = 2'h1;
      6'h1f: subnormal_result_2 = 2'h1;
      6'h20: subnormal_result_2 = 2'h2;
      6'h21: subnormal_result_2 = 2'h2;
      6'h22: subnormal_result_2 = 2'h2;
      6'h23: subnormal_result_2 = 2'h1;
      6'h24: subnormal_result_2 = 2'h1;
      6'h25: subnormal_result_2 = 2'h1;
      6'h26: subnormal_result_2 = 2'h1;
      6'h27: subnormal_result_2 = 2'h1;
      6'h28: subnormal_result_2 = 2'h2;
      6'h29: subnormal_result_2 = 2'h2;
      6'h2a: subnormal_result_2 = 2'h1;
      6'h2b: subnormal_result_2 = 2'h1;
      6'h2c: subnormal_result_2 = 2'h1;
      6'h2d: subnormal_result_2 = 2'h1;
      6'h2e: subnormal_result_2 = 2'h1;
      6'h2f: subnormal_result_2 = 2'h2;
      6'h30: subnormal_result_2 = 2'h2;
      6'h31: subnormal_result_2 = 2'h1;
      6'h32: subnormal_result_2 = 2'h1;
      6'h33: subnormal_result_2 = 2'h1;
      6'h34: subnormal_result_2 = 2'h1;
      6'h35: subnormal_result_2 = 2'h1;
      6'h36: subnormal_result_2 = 2'h2;
      6'h37: subnormal_result_2 = 2'h2;
      6'h38: subnormal_result_2 = 2'h2;
      6'h39: subnormal_result_2 = 2'h1;
      6'h3a: subnormal_result_2 = 2'h1;
      6'h3b: subnormal_result_2 = 2'h1;
      6'h3c: subnormal_result_2 = 2'h1;
      6'h3d: subnormal_result_2 = 2'h2;
      6'h3e: subnormal_result_2 = 2'h2;
      6'h3f: subnormal_result_2 = 2'h2;
      default: subnormal_result_2 = 2'bx;
    endcase
  endfunction

  function subnormal_result_3;
    input [5:0] index;
    case (index)
      6'h00: subnormal_result_3 = 1'b0;
      6'h01: subnormal_result_3 = 1'b1;
      6'h02: subnormal_result_3 = 1'b1;
      6'h03: subnormal_result_3 = 1'b1;
      6'h04: subnormal_result_3 = 1'b1;
      6'h05: subnormal_result_3 = 1'b1;
      6'h06: subnormal_result_3 = 1'b1;
      6'h07: subnormal_result_3 = 1'b1;
      6'h08: subnormal_result_3 = 1'b1;
      6'h09: subnormal_result_3 = 1'b1;
      6'h0a: subnormal_result_3 = 1'b1;
      6'h0b: subnormal_result_3 = 1'b1;
      6'h0c: subnormal_result_3 = 1'b1;
      6'h0d: subnormal_result_3 = 1'b1;
      6'h0e: subnormal_result_3 = 1'b0;
      6'h0f: subnormal_result_3 = 1'b1;
      6'h10: subnormal_result_3 = 1'b1;
      6'h11: subnormal_result_3 = 1'b1;
      6'h12: subnormal_result_3 = 1'b1;
      6'h13: subnormal_result_3 = 1'b1;
      6'h14: subnormal_result_3 = 1'b1;
      6'h15: subnormal_result_3 = 1'b1;
      6'h16: subnormal_result_3 = 1'b1;
      6'h17: subnormal_result_3 = 1'b1;
      6'h18: subnormal_result_3 = 1'b1;
      6'h19: subnormal_result_3 = 1'b1;
      6'h1a: subnormal_result_3 = 1'b1;
      6'h1b: subnormal_result_3 = 1'b1;
      6'h1c: subnormal_result_3 = 1'b1;
      6'h1d: subnormal_result_3 = 1'b1;
      6'h1e: subnormal_result_3 = 1'b1;
      6'h1f: subnormal_result_3 = 1'b1;
      6'h20: subnormal_result_3 = 1'b1;
      6'h21: subnormal_result_3 = 1'b1;
      6'h22: subnormal_result_3 = 1'b1;
      6'h23: subnormal_result_3 = 1'b1;
      6'h24: subnormal_result_3 = 1'b1;
      6'h25: subnormal_result_3 = 1'b1;
      6'h26: subnormal_result_3 = 1'b1;
      6'h27: subnormal_result_3 = 1'b1;
      6'h28: subnormal_result_3 = 1'b1;
      6'h29: subnormal_result_3 = 1'b1;
      6'h2a: subnormal_result_3 = 1'b1;
      6'h2b: subnormal_result_3 = 1'b1;
      6'h2c: subnormal_result_3 = 1'b1;
      6'h2d: subnormal_result_3 = 1'b1;
      6'h2e: subnormal_result_3 = 1'b1;
      6'h2f: subnormal_result_3 = 1'b1;
      6'h30: subnormal_result_3 = 1'b1;
      6'h31: subnormal_result_3 = 1'b0;
      6'h32: subnormal_result_3 = 1'b1;
      6'h33: subnormal_result_3 = 1'b1;
      6'h34: subnormal_result_3 = 1'b1;
      6'h35: subnormal_result_3 = 1'b1;
      6'h36: subnormal_result_3 = 1'b1;
      6'h37: subnormal_result_3 = 1'b1;
      6'h38: subnormal_result_3 = 1'b1;
      6'h39: subnormal_result_3 = 1'b1;
      6'h3a: subnormal_result_3 = 1'b1;
      6'h3b: subnormal_result_3 = 1'b1;
      6'h3c: subnormal_result_3 = 1'b1;
      6'h3d: subnormal_result_3 = 1'b1;
      6'h3e: subnormal_result_3 = 1'b1;
      6'h3f: subnormal_result_3 = 1'b1;
      default: subnormal_result_3 = 1'bx;
    endcase
  endfunction

  // ---- decode and normalise; multiply and round; choose; specials
  wire [3:0] a_6_3                           = a[6:3];
  wire       a_normal                        = |a_6_3;
  wire [2:0] a_2_0                           = a[2:0];
  wire       a_is_nan                        = &a[6:0];
  wire [2:0] subnormal_fraction_3_value      = subnormal_fraction_3(a_2_0);
  wire [4:0] subnormal_exponent_3_28_5_value = subnormal_exponent_3_28_5(a_2_0);
  wire [4:0] exponent_offset_4_28_5_value    = exponent_offset_4_28_5(a_6_3);
  wire [4:0] a_exponent_normalised           = a_normal ? exponent_offset_4_28_5_value :
      subnormal_exponent_3_28_5_value;
  wire [2:0] t13                             = a_normal ? a_2_0 : subnormal_fraction_3_value;
  wire [3:0] b_6_3                           = b[6:3];
  wire       b_normal                        = |b_6_3;
  wire [2:0] b_2_0                           = b[2:0];
  wire       b_is_nan                        = &b[6:0];
  wire [2:0] subnormal_fraction_3_value_2    = subnormal_fraction_3(b_2_0);
  wire [4:0] subnormal_exponent_3_29_5_value = subnormal_exponent_3_29_5(b_2_0);
  wire [4:0] exponent_offset_4_29_5_value    = exponent_offset_4_29_5(b_6_3);
  wire [4:0] b_exponent_normalised           = b_normal ? exponent_offset_4_29_5_value :
      subnormal_exponent_3_29_5_value;
  wire [2:0] t24                             = b_normal ? b_2_0 : subnormal_fraction_3_value_2;
  wire       product_sign                    = a[7] ^ b[7];
  wire [5:0] t26                             = {t13, t24};
  wire       exponent_grows                  = grows(t26);
  wire [2:0] fraction                        = normal_fraction(t26);
  wire [3:0] subnormal_result_0_value        = subnormal_result_0(t26);
  wire [2:0] subnormal_result_1_value        = subnormal_result_1(t26);
  wire [1:0] subnormal_result_2_value        = subnormal_result_2(t26);
  wire       subnormal_result_3_value        = subnormal_result_3(t26);
  wire [6:0] field_extended                  = {a_exponent_normalised[4], a_exponent_normalised,
      exponent_grows} + {b_exponent_normalised[4], b_exponent_normalised, exponent_grows};
  wire [5:0] field                           = field_extended[6:1];
  wire       any_field                       = |field;
  wire       is_normal                       = ~field[5] & any_field;
  wire       t50                             = |field[1:0];
  wire       is_subnormal                    = ((&field[5:2]) & t50) | ~any_field;
  wire [3:0] t55                             = t50 ? 4'd0 : subnormal_result_0_value;
  wire [3:0] t57                             = (&field[1:0]) ? {1'b0, subnormal_result_1_value} : 4'd0;
  wire [3:0] t61                             = (field[1:0] == 2'd2) ? {2'd0, subnormal_result_2_value} : 4'd0;
  wire [3:0] t65                             = (field[1:0] == 2'd1) ? {3'd0, subnormal_result_3_value} : 4'd0;
  wire [3:0] t67                             = is_subnormal ? t55 | t57 | t61 | t65 : 4'd0;
  wire [7:0] t71                             = is_normal ? {field[4:0], fraction} : 8'd0;
  wire [7:0] rounded                         = t71 | {4'd0, t67};
  wire       overflow                        = (rounded[0] & rounded[1] & rounded[2] & rounded[3] & rounded[4]
      & rounded[5] & rounded[6]) | rounded[7];
  wire [6:0] t91                             = overflow ? 7'h7e : rounded[6:0];
  wire [7:0] result                          = (a_is_nan | b_is_nan) ? 8'h7f : {product_sign, t91};

  // Bits that the results do not need.
  wire unused = &{1'b0, field_extended[0]};

  assign r = result;
endmodule
// holigen-sha256: d782c42d8d4743b941ef3fb5029fd856dee7809956702dec4e925c6284c7007d
