# pawfect_ggml: ggml, its CPU backend and whichever GPU backend it was built with, as tools/ggml.sh installs
# them. It is one optimised build whatever the preset: sanitizers watch this program, not ggml.
#
# PAWFECT_GGML_DIR is what tools/ggml.sh printed (./run passes it on): a folder, or "system" for an installed
# ggml. When it is not given, the CPU build is taken if it stands already.
set(PAWFECT_GGML_DIR "" CACHE STRING "what tools/ggml.sh printed: a folder, or 'system'")

if(NOT PAWFECT_GGML_DIR)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/ggml.sh --ready cpu
                  OUTPUT_VARIABLE ready OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status ERROR_QUIET)
  if(status EQUAL 0)
    set(PAWFECT_GGML_DIR "${ready}" CACHE STRING "what tools/ggml.sh printed: a folder, or 'system'" FORCE)
  endif()
endif()

add_library(pawfect_ggml INTERFACE)
if(PAWFECT_GGML_DIR STREQUAL "system")
  find_package(ggml 0.15 CONFIG REQUIRED)
  target_link_libraries(pawfect_ggml INTERFACE ggml::ggml)
elseif(NOT EXISTS "${PAWFECT_GGML_DIR}/lib/libggml.a")
  message(FATAL_ERROR "ggml is not built: PAWFECT_GGML_DIR is '${PAWFECT_GGML_DIR}', which holds no lib/libggml.a. "
                      "'./run build' sees to it; by hand: cmake -DPAWFECT_GGML_DIR=$(tools/ggml.sh cpu) ...")
else()
  # Plain paths instead of ggml's own package file, which keeps what it found in the cache and would go on
  # linking the old libraries after a change of backend.
  set(lib ${PAWFECT_GGML_DIR}/lib)
  target_include_directories(pawfect_ggml SYSTEM INTERFACE ${PAWFECT_GGML_DIR}/include)
  target_link_libraries(pawfect_ggml INTERFACE ${lib}/libggml.a)
  if(EXISTS ${lib}/libggml-cuda.a)
    find_package(CUDAToolkit REQUIRED)
    target_link_libraries(pawfect_ggml INTERFACE ${lib}/libggml-cuda.a ${lib}/libggml-base.a CUDA::cudart_static
                                                 CUDA::cublas CUDA::cuda_driver)
  endif()
  if(EXISTS ${lib}/libggml-vulkan.a)
    find_package(Vulkan REQUIRED)
    target_link_libraries(pawfect_ggml INTERFACE ${lib}/libggml-vulkan.a ${lib}/libggml-base.a Vulkan::Vulkan)
  endif()
  target_link_libraries(pawfect_ggml INTERFACE ${lib}/libggml-cpu.a ${lib}/libggml-base.a Threads::Threads
                                               ${CMAKE_DL_LIBS})
endif()
